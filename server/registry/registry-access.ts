import type { Challenge } from '../../registry/challenge.ts'
import type { Credential } from '../../registry/credential.ts'
import { RegistryError } from '../../registry/error.ts'
import { readChallenge } from '../../registry/read-challenge.ts'
import { formatScope, type Scope } from '../../registry/scope.ts'
import { askToken, type RegistryToken } from '../../registry/token.ts'

/** The farm's login to its registry, of which others get no more than tokens where the registry gives some. */
export interface RegistryAccess {
  /** What the registry asks of strangers. @throws RegistryError when it does not answer. */
  challenge(): Promise<Challenge | undefined>
  /** @throws RegistryError, with status 401 when it does not grant what is to be written, or else to be read. */
  token(scopes: readonly Scope[]): Promise<RegistryToken>
  /** Where there is no token service. `undefined` when the farm has none. */
  readonly credential: Credential | undefined
}

/** An answer of the registry that is no older is believed. */
const believedMs = 60_000
const limitMs = 10_000

export function createRegistryAccess(
  url: URL,
  { username, password }: Credential,
  now: () => number,
): RegistryAccess {
  const credential = username === '' ? undefined : { username, password }
  let known: { readonly at: number; readonly challenge: Challenge | undefined } | undefined
  const challenge = async () => {
    if (known === undefined || now() - known.at > believedMs) {
      const read = await readChallenge(url, AbortSignal.timeout(limitMs))
      known = { at: now(), challenge: read }
    }
    return known.challenge
  }
  return {
    credential,
    challenge,
    token: async (scopes) => {
      const service = await challenge()
      if (service?.scheme !== 'bearer') throw new RegistryError('get a token', 401)
      const asked = scopes.map(formatScope)
      // Beside a push, what is read are places that may hold a layer already: it goes without them.
      const pushes = scopes.filter(({ actions }) => actions.includes('push'))
      const needed = pushes.length === 0 ? scopes : pushes
      const signal = AbortSignal.timeout(limitMs)
      try {
        return await askToken(service, credential, { asked, needed }, signal)
      } catch (error) {
        // It may have moved since it was asked.
        known = undefined
        if (error instanceof RegistryError) throw error
        throw new RegistryError('get a token', undefined, { cause: error })
      }
    },
  }
}
