import { parseChallenge } from './challenge.ts'
import { basicHeader, type Credential } from './credential.ts'
import { askToken } from './token.ts'

/** Tokens that are kept for one registry. */
const maxTokens = 256

/** What a request is about: one action on one repository. */
export interface Purpose {
  readonly repository: string
  readonly action: 'pull' | 'push' | 'delete'
}

/** What one registry wants to see, so that only the first request of a kind is refused before it is answered. */
export interface Authorization {
  /** The header that the registry took for this purpose before; `undefined` as long as it has asked for none. */
  known(purpose: Purpose): string | undefined
  /**
   * The header that a challenge asks for. @returns `undefined` when there is none to give.
   * @throws RegistryError, with status 401 when the token service gives a token that does not allow it.
   */
  answer(challenge: string, purpose: Purpose, signal: AbortSignal): Promise<string | undefined>
}

const keyOf = ({ repository, action }: Purpose) => `${action} ${repository}`

/** A password is the same for every purpose; a token is good for one, until it runs out and is refused. */
export function createAuthorization(credential: Credential | undefined): Authorization {
  let password: string | undefined
  const tokens = new Map<string, string>()
  return {
    known: (purpose) => tokens.get(keyOf(purpose)) ?? password,
    answer: async (header, purpose, signal) => {
      tokens.delete(keyOf(purpose))
      const challenge = parseChallenge(header)
      if (challenge?.scheme === 'basic') {
        password = credential && basicHeader(credential)
        return password
      }
      if (challenge === undefined) return undefined
      const { repository, action } = purpose
      const asked = challenge.scope === undefined ? [] : [challenge.scope]
      const needed = [{ repository, actions: [action] }]
      const { value } = await askToken(challenge, credential, { asked, needed }, signal)
      const bearer = `Bearer ${value}`
      tokens.set(keyOf(purpose), bearer)
      const [oldest] = tokens.keys()
      if (tokens.size > maxTokens && oldest !== undefined) tokens.delete(oldest)
      return bearer
    },
  }
}
