import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Inventory } from '#contract/node.ts'
import type { Db } from '../../records/connect.ts'
import { type HeldGpu, readHeld } from '../../records/gpu-leases.ts'
import { slotsOf } from '../../records/node-gpus.ts'

/** What of each node can be leased, and who has it, by node id. */
export async function showSlots(
  db: Db,
  nodes: readonly { readonly id: string; readonly inventory: Inventory }[],
) {
  const held = await readHeld(
    db,
    nodes.map(({ id }) => id),
  )
  return new Map(
    nodes.map(({ id, inventory }) => {
      const healthy = inventory.gpus.flatMap(slotsOf).map(({ gpu }) => gpu)
      const own = held.filter(({ nodeId }) => nodeId === id)
      const gone = own.filter((lease) => healthy.every(({ uuid }) => uuid !== lease.uuid))
      return [
        id,
        [
          ...healthy.map((gpu) => showSlot(gpu, own)),
          ...gone.map(({ gpu }) => ({ ...showSlot(gpu, own), healthy: false })),
        ],
      ] as const
    }),
  )
}

/** `leftover`: something still runs on it that its attempt has left behind, so nobody else gets it. */
function showSlot({ uuid, name, mig }: LeasedGpu, held: readonly HeldGpu[]) {
  const lease = held.find((one) => one.uuid === uuid)
  return {
    uuid,
    name,
    ...(mig !== undefined && { mig }),
    healthy: true,
    build_id: lease?.buildId ?? null,
    attempt: lease?.attempt ?? null,
    since: lease?.grantedAt.toISOString() ?? null,
    leftover: lease?.leftover ?? false,
  }
}
