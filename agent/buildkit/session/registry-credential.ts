import type { FetchTokenRequest, FetchTokenResponse } from '../gen/session.ts'
import type { TokenAuthority } from './token-authority.ts'

/** How a registry is logged in to: with a secret that is here, or by whoever has it. */
export type RegistryCredential = KnownCredential | RemoteLogin

/** A login whose secret somebody else has, who is asked each time that a daemon needs it. */
export interface RemoteLogin {
  /** 32 bytes that nobody can guess. Solves with the same ones share the tokens that a daemon was given. */
  readonly seed: Uint8Array
  /** @throws ServedError that holds nothing secret. */
  fetchToken(request: FetchTokenRequest): Promise<FetchTokenResponse>
  /** For a registry without a token service; both are empty when there is nothing to log in with. */
  readBasic(): Promise<{ readonly username: string; readonly secret: string }>
}

export interface KnownCredential {
  /** Empty when the secret is an OAuth refresh token. */
  readonly username: string
  readonly secret: string
  /**
   * With it the daemon asks here for each token and never has the secret, unless the registry takes Basic alone.
   * Without it the daemon is handed the secret and asks the registry itself.
   */
  readonly authority?: TokenAuthority
}

export type GuardedCredential = KnownCredential & { readonly authority: TokenAuthority }
