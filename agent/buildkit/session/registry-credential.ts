import type { TokenAuthority } from './token-authority.ts'

/** How a registry is logged in to. */
export interface RegistryCredential {
  /** Empty when the secret is an OAuth refresh token. */
  readonly username: string
  readonly secret: string
  /**
   * With it the daemon asks here for each token and never has the secret, unless the registry takes Basic alone.
   * Without it the daemon is handed the secret and asks the registry itself.
   */
  readonly authority?: TokenAuthority
}

export type GuardedCredential = RegistryCredential & { readonly authority: TokenAuthority }
