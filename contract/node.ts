import type { z } from 'zod'
import type { heartbeat, inventory, nodeFinding, registerNode } from './wire/node.ts'

export type Inventory = z.infer<typeof inventory>
export type Gpu = Inventory['gpus'][number]
export type NodeFinding = z.infer<typeof nodeFinding>
export type Heartbeat = z.infer<typeof heartbeat>
export type RegisterNode = z.infer<typeof registerNode>

/** Silence after which a node counts as lost where nothing else is said, in ms of server time. */
export const usualLeaseMs = 8_000

/** How often a node says that it is there, of the silence after which it counts as lost, both in ms. */
export function heartbeatEvery(leaseMs: number): number {
  return Math.round(leaseMs / 4)
}
