import {
  findCredential,
  noteCredentialUse,
  revokeCredential,
} from '../../records/node-credentials.ts'
import type { Pool } from '../../records/connect.ts'
import { nodeOfToken } from './node-token.ts'
import { hashToken } from './token.ts'

/** Nothing is asked again so soon, so that what was revoked is refused within this time. */
const knownForMs = 2_000
const maxKnown = 10_000
/** What was on its way when a credential was replaced has arrived by then. */
const graceMs = 60_000

export interface NodeAuth {
  /** @returns the node that the credential proves, or `undefined` when it proves none. */
  authenticate(credential: string): Promise<string | undefined>
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
    authenticate: async (credential) => {
      const nodeId = nodeOfToken(credential)
      if (nodeId === undefined) return undefined
      const hash = hashToken(credential)
      const key = hash.toString('base64')
      if ((known.get(key) ?? 0) > now()) return nodeId
      if (!(await isGood(db, nodeId, hash))) {
        known.delete(key)
        return undefined
      }
      if (known.size >= maxKnown) known.clear()
      known.set(key, now() + knownForMs)
      return nodeId
    },
    hasCredential: async (nodeId) => (await findCredential(db, nodeId, graceMs)) !== undefined,
  }
}

async function isGood(db: Pool, nodeId: string, hash: Buffer): Promise<boolean> {
  const found = await findCredential(db, nodeId, graceMs)
  if (found === undefined || !found.holds) return false
  if (found.hash.equals(hash)) {
    if (found.used_at === null) await noteCredentialUse(db, nodeId, hash)
    return true
  }
  if (found.previous_hash?.equals(hash) !== true) return false
  if (found.used_at === null || found.fresh) return true
  const because = 'its credential was used in two places'
  await revokeCredential(db, nodeId, { actor: 'farm', because })
  return false
}
