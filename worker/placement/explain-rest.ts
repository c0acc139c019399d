import type { WaitReason, WantedState } from '#contract/wait-reason.ts'
import type { KnownNode } from '../../records/known-nodes.ts'
import type { Lane, WaitingBuild } from '../../records/lanes.ts'
import type { Queue } from '../../records/place-waiting.ts'
import type { BuildWait, LaneWait } from '../../records/waits.ts'
import { canBuild } from './able-nodes.ts'
import { explainWait } from './explain-wait.ts'
import { findHold } from './find-hold.ts'
import type { RoundShares } from './round-shares.ts'

/**
 * Why what a round leaves waits: lane by lane, and build by build where each needs a GPU of its own. `rest` has what is
 * left of the heads of the lanes that were open. Pure.
 */
export function explainRest(
  { lanes, nodes }: Queue,
  rest: ReadonlyMap<Lane, readonly WaitingBuild[]>,
  shares: RoundShares,
): { readonly lanes: readonly LaneWait[]; readonly builds: readonly BuildWait[] } {
  const told: LaneWait[] = []
  const builds: BuildWait[] = []
  for (const lane of lanes) {
    const left = rest.get(lane)
    const hold = findHold(shares.farm, shares.of(lane))
    if (left === undefined || hold !== undefined) {
      told.push({ lane, open: false, reason: hold ?? explainLane(lane, nodes) })
      continue
    }
    const [first] = left
    if (first === undefined) continue
    told.push({
      lane,
      open: true,
      reason: lane.wantedNode === null ? explainWait(first, nodes) : explainLane(lane, nodes),
    })
    if (!lane.needsGpu || lane.wantedNode !== null) continue
    for (const build of left) builds.push({ id: build.id, reason: explainWait(build, nodes) })
  }
  return { lanes: told, builds }
}

function explainLane(lane: Lane, nodes: readonly KnownNode[]): WaitReason {
  const { platform, wantedNode: id } = lane
  if (id === null) return explainWait(lane, nodes)
  const node = nodes.find((one) => one.id === id)
  return { code: 'wanted', node: node?.name ?? id, state: stateOf(node, platform) }
}

function stateOf(node: KnownNode | undefined, platform: string | null): WantedState {
  if (node === undefined) return 'gone'
  if (!canBuild(node, platform)) return 'unfit'
  if (!node.ready) return 'offline'
  if (node.drained !== null && !node.cordoned) return 'drained'
  return node.diskLow === null ? 'full' : 'disk_low'
}
