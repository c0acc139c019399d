import type { KnownNode } from '../../records/known-nodes.ts'
import type { Lane } from '../../records/lanes.ts'
import type { Queue } from '../../records/place-waiting.ts'
import { canBuild } from './able-nodes.ts'
import { findHold } from './find-hold.ts'
import { createRoundShares } from './round-shares.ts'

/** Whether a node takes builds at all. Pure. */
export function takesBuilds({ ready, diskLow, drained }: KnownNode): boolean {
  return ready && diskLow === null && drained === null
}

/** Whether a node takes what is sent to it by name: a cordon only keeps away what could go elsewhere. Pure. */
export function takesWanted({ ready, diskLow, drained, cordoned }: KnownNode): boolean {
  return ready && diskLow === null && (drained === null || cordoned)
}

/** The lanes of which a build could be placed now: nothing holds them up, and a node for them has room. Pure. */
export function openLanes(queue: Queue): readonly Lane[] {
  const { lanes, nodes } = queue
  const shares = createRoundShares(queue)
  const free = nodes.filter((node) => takesWanted(node) && node.busy < node.slots)
  return lanes.filter((lane) => {
    if (findHold(shares.farm, shares.of(lane)) !== undefined) return false
    const { platform, wantedNode } = lane
    return free.some(
      (node) =>
        canBuild(node, platform) &&
        (wantedNode === null ? takesBuilds(node) : node.id === wantedNode),
    )
  })
}
