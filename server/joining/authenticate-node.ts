import { namingProtocol } from '#contract/wire/node.ts'
import {
  findCredential,
  noteCredentialUse,
  quarantineNode,
} from '../../records/node-credentials.ts'
import type { Pool } from '../../records/connect.ts'
import { nodeOfToken } from './node-token.ts'
import { hashToken } from './token.ts'

/** Nothing is asked again so soon, so that what was revoked is refused within this time. */
const knownForMs = 2_000
const maxKnown = 10_000
/** What was on its way when a credential was replaced has arrived by then. */
const graceMs = 60_000

/** Why a start of an agent is not heard any more. */
export const isReplaced = 'a later start of its agent has taken its place'

export interface KnownNode {
  readonly id: string
  /** A later start of its agent has taken the place of the one that calls: whatever that says counts for nothing. */
  readonly replaced: boolean
}

export interface NodeAuth {
  /**
   * @param incarnation the start of the agent that calls, where it says.
   * @returns the node that the credential proves, or `undefined` when it proves none.
   */
  authenticate(credential: string, incarnation: string | undefined): Promise<KnownNode | undefined>
  /** Whether the node ever joined, so that nothing but its own credential speaks for it. */
  hasCredential(nodeId: string): Promise<boolean>
}

/**
 * Knows nodes by their credentials. One that is shown long after its successor was used lies in two places: whoever copied
 * the other cannot be told, so the node is shut out until somebody lets it join anew.
 */
export function createNodeAuth(db: Pool, now: () => number): NodeAuth {
  const known = new Map<string, number>()
  return {
    authenticate: async (credential, given) => {
      const id = nodeOfToken(credential)
      if (id === undefined) return undefined
      const hash = hashToken(credential)
      const incarnation = given !== undefined && isUuid.test(given) ? given : undefined
      const key = `${hash.toString('base64')} ${incarnation}`
      if ((known.get(key) ?? 0) > now()) return { id, replaced: false }
      const found = await find(db, id, hash, incarnation)
      if (found?.replaced !== false) {
        known.delete(key)
        return found
      }
      if (known.size >= maxKnown) known.clear()
      known.set(key, now() + knownForMs)
      return found
    },
    hasCredential: async (nodeId) => (await findCredential(db, nodeId, { graceMs })) !== undefined,
  }
}

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function find(
  db: Pool,
  id: string,
  hash: Buffer,
  incarnation: string | undefined,
): Promise<KnownNode | undefined> {
  const found = await findCredential(db, id, { graceMs, ...(incarnation && { incarnation }) })
  if (found === undefined || !found.holds) return undefined
  const node = { id, replaced: found.replaced }
  if (incarnation === undefined && (found.protocol ?? 0) >= namingProtocol) return undefined
  if (found.hash.equals(hash)) {
    if (found.used_at === null) await noteCredentialUse(db, id, hash)
    return node
  }
  if (found.previous_hash?.equals(hash) !== true) return undefined
  if (found.used_at === null || found.fresh) return node
  await quarantineNode(db, id, 'its credential was used in two places')
  return undefined
}
