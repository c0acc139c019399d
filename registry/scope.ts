/** What a token is to allow: `repository:kiln/app:pull,push`. */
export interface Scope {
  readonly repository: string
  readonly actions: readonly string[]
}

const pattern = /^repository:([a-z0-9][a-z0-9._/-]*):([a-z]+(?:,[a-z]+)*)$/

/** `undefined` for a scope that is about anything but one repository. Pure. */
export function parseScope(text: string): Scope | undefined {
  const [, repository, actions] = pattern.exec(text) ?? []
  if (repository === undefined || actions === undefined) return undefined
  return { repository, actions: [...new Set(actions.split(','))] }
}

export function formatScope({ repository, actions }: Scope): string {
  return `repository:${repository}:${actions.join(',')}`
}
