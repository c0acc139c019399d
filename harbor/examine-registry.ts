import { RegistryError } from '../registry/error.ts'
import { readChallenge } from '../registry/read-challenge.ts'
import type { Examined } from './examine.ts'

const limitMs = 10_000

export interface ExaminedRegistry {
  readonly examined: readonly Examined[]
  readonly isHarbor: boolean
}

/** Looks at what every registry tells strangers, and says plainly what one cannot do. Changes nothing. */
export async function examineRegistry(url: URL): Promise<ExaminedRegistry> {
  try {
    const [login, harbor] = await Promise.all([examineLogin(url), isHarborAt(url)])
    return { examined: harbor ? [login] : [login, ...withoutHarbor], isHarbor: harbor }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    return {
      examined: [{ what: 'registry', state: 'missing', advice: error.message }],
      isHarbor: false,
    }
  }
}

const withoutHarbor: readonly Examined[] = [
  {
    what: 'scans',
    state: 'warning',
    advice: 'this registry is no Harbor: nothing is scanned there, and it tells of no deletions',
  },
  {
    what: 'versions',
    state: 'warning',
    advice:
      'nothing in this registry keeps tags of versions where they are: only Kiln leaves them alone',
  },
  {
    what: 'evidence',
    state: 'warning',
    advice: 'where the registry does not list referrers, Kiln keeps the list in a tag: sha256-…',
  },
]

async function examineLogin(url: URL): Promise<Examined> {
  const challenge = await readChallenge(url, AbortSignal.timeout(limitMs))
  if (challenge?.scheme === 'bearer') return { what: 'tokens for nodes', state: 'ok', advice: '' }
  const advice =
    challenge === undefined
      ? 'the registry asks for no login: whoever reaches it can replace every image'
      : 'the registry has no token service: every node that builds is given its password'
  return { what: 'tokens for nodes', state: 'warning', advice }
}

/** @param narrow whether the server has logins of its own for pushing and for reading. */
export function examineNodeLogins(narrow: boolean): Examined {
  const what = 'logins for nodes'
  if (narrow) return { what, state: 'ok', advice: '' }
  const advice =
    'a token of Harbor allows all that its robot may do in a repository, and those of nodes are made of the one that also deletes: run `kiln harbor setup`, and give the server KILN_REGISTRY_PUSH_… and KILN_REGISTRY_PULL_…'
  return { what, state: 'warning', advice }
}

/** Everybody is told that much by a Harbor. @throws RegistryError when nothing answers, or what answers is out of order. */
export async function isHarborAt(url: URL): Promise<boolean> {
  const signal = AbortSignal.timeout(limitMs)
  const reply = await fetch(new URL('/api/v2.0/systeminfo', url), { signal }).catch(
    (cause: unknown) => {
      throw new RegistryError('say what it is', undefined, { cause })
    },
  )
  if (reply.status >= 500) throw new RegistryError('say what it is', reply.status)
  const body: unknown = await reply.json().catch(() => undefined)
  return reply.ok && typeof body === 'object' && body !== null && 'auth_mode' in body
}
