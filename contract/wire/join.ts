import { z } from 'zod'
import { nodeId, nodeName } from './node.ts'

/** How long a token lets a node in, in minutes. */
export const newJoinToken = z.object({ minutes: z.number().int().min(1).max(1440).default(15) })

export const joinRequest = z.object({
  token: z.string().max(256),
  node_id: nodeId,
  name: nodeName,
})
export type JoinRequest = z.infer<typeof joinRequest>

/** What a node proves itself with from now on. */
export const issuedCredential = z.object({
  credential: z.string(),
  expires_at: z.iso.datetime(),
  /** How long it holds, whatever the node's clock says; servers of before do not tell. */
  life_ms: z.number().int().positive().optional(),
})
export type IssuedCredential = z.infer<typeof issuedCredential>

/** Why an operator lets a node take no more builds, in words, for those whose builds wait. */
export const drainRequest = z.strictObject({
  reason: z.string().trim().min(1).max(200).default('drained by an operator'),
})

/** The same of one that is to have nothing new until further notice. */
export const cordonRequest = z.strictObject({
  reason: z.string().trim().min(1).max(200).default('cordoned by an operator'),
})
