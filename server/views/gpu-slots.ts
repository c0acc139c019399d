import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Inventory } from '#contract/node.ts'
import { type HeldGpu, readHeld } from '../../records/gpu-leases.ts'
import { findSeenBuilds } from '../../records/builds.ts'
import { findSeenEnvironments } from '../../records/find-environments.ts'
import type { Scope } from '../../records/scope.ts'
import { slotsOf } from '../../records/node-gpus.ts'

/** What of each node can be leased, and who has it, by node id. Of a holder that the caller does not see only since when. */
export async function showSlots(
  scope: Scope,
  nodes: readonly { readonly id: string; readonly inventory: Inventory }[],
) {
  const held = await readHeld(
    scope.farm,
    nodes.map(({ id }) => id),
  )
  const holders = held.map(({ holder }) => holder)
  const [builds, environments] = await Promise.all([
    findSeenBuilds(scope, holders),
    findSeenEnvironments(scope, holders),
  ])
  const seen: Seen = { builds, environments }
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

interface Seen {
  readonly builds: ReadonlySet<string>
  readonly environments: ReadonlySet<string>
}

/** `leftover`: something still runs on it that its attempt has left behind, so nobody else gets it. */
function showSlot(
  { uuid, name, mig }: LeasedGpu,
  held: readonly HeldGpu[],
  { builds, environments }: Seen,
) {
  const lease = held.find((one) => one.uuid === uuid)
  const ofBuild = lease !== undefined && builds.has(lease.holder)
  const ofEnvironment = lease !== undefined && environments.has(lease.holder)
  return {
    uuid,
    name,
    ...(mig !== undefined && { mig }),
    healthy: true,
    build_id: ofBuild ? lease.holder : null,
    environment_id: ofEnvironment ? lease.holder : null,
    attempt: ofBuild || ofEnvironment ? lease.attempt : null,
    since: lease?.grantedAt.toISOString() ?? null,
    leftover: lease?.leftover ?? false,
  }
}
