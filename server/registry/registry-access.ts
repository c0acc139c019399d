import type { Challenge } from '../../registry/challenge.ts'
import type { Credential } from '../../registry/credential.ts'
import { RegistryError } from '../../registry/error.ts'
import { readChallenge } from '../../registry/read-challenge.ts'
import { formatScope, type Scope } from '../../registry/scope.ts'
import { grantsMore, readAccess } from '../../registry/token-access.ts'
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

/**
 * The logins that tokens for nodes are made with. A token of Harbor allows, whatever was asked for, all that its login may do
 * in the repository: so one that is to read comes from a login that can do nothing else.
 */
export interface RegistryLogins {
  readonly own: Credential
  /** May push, and delete nothing. */
  readonly push?: Credential | undefined
  readonly pull?: Credential | undefined
}

/** An answer of the registry that is no older is believed. */
const believedMs = 60_000
const limitMs = 10_000

export function createRegistryAccess(
  url: URL,
  logins: RegistryLogins,
  now: () => number,
): RegistryAccess {
  const credential = logins.own.username === '' ? undefined : logins.own
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
      // Beside a push, what is read are places that may hold a layer already: it goes without them.
      const pushes = scopes.filter(({ actions }) => actions.includes('push'))
      const login = (pushes.length === 0 ? logins.pull : logins.push) ?? credential
      const ask = async (asked: readonly Scope[], needed: readonly Scope[]) =>
        askToken(
          service,
          login,
          { asked: asked.map(formatScope), needed },
          AbortSignal.timeout(limitMs),
        )
      try {
        if (pushes.length === 0) return await ask(scopes, scopes)
        const token = await ask(scopes, pushes)
        const allowed = elsewhere(readAccess(token.value) ?? [], pushes)
        return grantsMore(allowed, scopes) ? await ask(pushes, pushes) : token
      } catch (error) {
        // It may have moved since it was asked.
        known = undefined
        if (error instanceof RegistryError) throw error
        throw new RegistryError('get a token', undefined, { cause: error })
      }
    },
  }
}

/** What is allowed in other repositories than those that are pushed to. */
function elsewhere(allowed: readonly Scope[], pushes: readonly Scope[]): readonly Scope[] {
  return allowed.filter(({ repository }) => pushes.every((push) => push.repository !== repository))
}
