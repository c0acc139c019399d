import { authorize, type Credential } from './token.ts'

/** Tokens that are kept for one registry. */
const maxTokens = 256

/** What one registry wants to see, so that only the first request of a kind is refused before it is answered. */
export interface Authorization {
  /** The header that the registry took for this purpose before; `undefined` as long as it has asked for none. */
  known(purpose: string): string | undefined
  /** The header that a challenge asks for. @returns `undefined` when there is none to give. @throws RegistryError */
  answer(challenge: string, purpose: string, signal: AbortSignal): Promise<string | undefined>
}

/** A password is the same for every purpose; a token is good for one, until it runs out and is refused. */
export function createAuthorization(credential: Credential | undefined): Authorization {
  let password: string | undefined
  const tokens = new Map<string, string>()
  return {
    known: (purpose) => tokens.get(purpose) ?? password,
    answer: async (challenge, purpose, signal) => {
      tokens.delete(purpose)
      const header = await authorize(challenge, credential, signal)
      if (header?.startsWith('Basic ') === true) password = header
      else if (header !== undefined) tokens.set(purpose, header)
      const [oldest] = tokens.keys()
      if (tokens.size > maxTokens && oldest !== undefined) tokens.delete(oldest)
      return header
    },
  }
}
