import { namingProtocol } from '#contract/wire/node.ts'
import {
  type Caller,
  findCredentials,
  noteCredentialUse,
  quarantineNode,
} from '../../records/node-credentials.ts'
import type { Pool } from '../../records/connect.ts'
import { inGroups } from '../in-groups.ts'
import { readIncarnation } from './incarnation.ts'
import { nodeOfToken } from './node-token.ts'
import { hashToken } from '../access/token.ts'

/** Nothing is asked again so soon, so that what was revoked is refused within this time. */
const knownForMs = 2_000
const maxKnown = 10_000
/** What was on its way when a credential was replaced has arrived by then. */
const graceMs = 60_000

/** Why a start of an agent is not heard: whatever it says counts for nothing. */
export const unheard = {
  replaced: 'a later start of its agent has taken its place',
  /** What calls does not say which start it is, as the agent did that registered. */
  outdated: 'an older agent has taken the place of the one that registered',
} as const

export interface KnownNode {
  readonly id: string
  readonly unheard: keyof typeof unheard | undefined
}

export interface NodeAuth {
  /**
   * @param incarnation the start of the agent that calls, where it says.
   * @returns the node that the credential proves, or `undefined` when it proves none.
   */
  authenticate(credential: string, incarnation: string | undefined): Promise<KnownNode | undefined>
  /** What somebody else has just found to be proved is known for a while, as if it had been asked for here. */
  noteProved(proof: string): void
  /** Whether the node ever joined, so that nothing but its own credential speaks for it. */
  hasCredential(nodeId: string): Promise<boolean>
}

/** Names what a start of an agent proves by a credential. @param hash of the credential. */
export function proofOf(hash: Buffer, incarnation: string | undefined): string {
  return `${hash.toString('base64')} ${incarnation}`
}

/**
 * Knows nodes by their credentials. One that is shown long after its successor was used lies in two places: whoever copied
 * the other cannot be told, so the node is shut out until somebody lets it join anew.
 */
export function createNodeAuth(db: Pool, now: () => number): NodeAuth {
  const known = new Map<string, number>()
  const noteProved = (proof: string) => {
    if (known.size >= maxKnown) known.clear()
    known.set(proof, now() + knownForMs)
  }
  const find = inGroups(async (callers: readonly Caller[]) => findCredentials(db, callers, graceMs))
  return {
    authenticate: async (credential, given) => {
      const id = nodeOfToken(credential)
      if (id === undefined) return undefined
      const hash = hashToken(credential)
      const incarnation = readIncarnation(given)
      const proof = proofOf(hash, incarnation)
      if ((known.get(proof) ?? 0) > now()) return { id, unheard: undefined }
      const caller = { nodeId: id, incarnation }
      const found = await judge(db, caller, hash, await find(caller))
      if (found === undefined || found.unheard !== undefined) {
        known.delete(proof)
        return found
      }
      noteProved(proof)
      return found
    },
    noteProved,
    hasCredential: async (nodeId) => (await find({ nodeId })) !== undefined,
  }
}

/** @returns the node whose credential was found, when `hash` is that of it. */
async function judge(
  db: Pool,
  { nodeId: id, incarnation }: Caller,
  hash: Buffer,
  found: Awaited<ReturnType<typeof findCredentials>>[number],
): Promise<KnownNode | undefined> {
  if (found === undefined || !found.holds) return undefined
  const isOutdated = incarnation === undefined && (found.protocol ?? 0) >= namingProtocol
  if (isOutdated) return found.hash.equals(hash) ? { id, unheard: 'outdated' } : undefined
  const node: KnownNode = { id, unheard: found.replaced ? 'replaced' : undefined }
  if (found.hash.equals(hash)) {
    if (found.used_at === null) await noteCredentialUse(db, id, hash)
    return node
  }
  if (found.previous_hash?.equals(hash) !== true) return undefined
  if (found.used_at === null || found.fresh) return node
  await quarantineNode(db, id, 'its credential was used in two places')
  return undefined
}
