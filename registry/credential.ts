/** What the control plane logs in to its registry with. No agent ever has it where the registry gives tokens. */
export interface Credential {
  readonly username: string
  readonly password: string
}

export function basicHeader({ username, password }: Credential): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
