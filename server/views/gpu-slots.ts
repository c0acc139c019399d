import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Inventory } from '#contract/node.ts'
import { type HeldGpu, readHeld } from '../../records/gpu-leases.ts'
import { findSeenBuilds } from '../../records/builds.ts'
import type { Scope } from '../../records/scope.ts'
import { slotsOf } from '../../records/node-gpus.ts'

/** What of each node can be leased, and who has it, by node id. Of a build that the caller does not see only since when. */
export async function showSlots(
  scope: Scope,
  nodes: readonly { readonly id: string; readonly inventory: Inventory }[],
) {
  const held = await readHeld(
    scope.farm,
    nodes.map(({ id }) => id),
  )
  const seen = await findSeenBuilds(
    scope,
    held.map(({ buildId }) => buildId),
  )
  return new Map(
    nodes.map(({ id, inventory }) => {
      const healthy = inventory.gpus.flatMap(slotsOf).map(({ gpu }) => gpu)
      const own = held.filter(({ nodeId }) => nodeId === id)
      const gone = own.filter((lease) => healthy.every(({ uuid }) => uuid !== lease.uuid))
      return [
        id,
        [
          ...healthy.map((gpu) => showSlot(gpu, own, seen)),
          ...gone.map(({ gpu }) => ({ ...showSlot(gpu, own, seen), healthy: false })),
        ],
      ] as const
    }),
  )
}

/** `leftover`: something still runs on it that its attempt has left behind, so nobody else gets it. */
function showSlot(
  { uuid, name, mig }: LeasedGpu,
  held: readonly HeldGpu[],
  seen: ReadonlySet<string>,
) {
  const lease = held.find((one) => one.uuid === uuid)
  const isSeen = lease !== undefined && seen.has(lease.buildId)
  return {
    uuid,
    name,
    ...(mig !== undefined && { mig }),
    healthy: true,
    build_id: isSeen ? lease.buildId : null,
    attempt: isSeen ? lease.attempt : null,
    since: lease?.grantedAt.toISOString() ?? null,
    leftover: lease?.leftover ?? false,
  }
}
