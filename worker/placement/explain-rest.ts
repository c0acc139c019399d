import type { Lane, WaitingBuild } from '../../records/lanes.ts'
import type { Queue } from '../../records/place-waiting.ts'
import type { BuildWait, LaneWait } from '../../records/waits.ts'
import { explainWait } from './explain-wait.ts'
import { findCap } from './find-cap.ts'
import type { Turns } from './take-turns.ts'

/**
 * Why what a round leaves waits: lane by lane, and build by build where each needs a GPU of its own. `rest` has what is
 * left of the heads of the lanes that were open. Pure.
 */
export function explainRest(
  { lanes, nodes }: Queue,
  rest: ReadonlyMap<Lane, readonly WaitingBuild[]>,
  turns: Turns,
): { readonly lanes: readonly LaneWait[]; readonly builds: readonly BuildWait[] } {
  const told: LaneWait[] = []
  const builds: BuildWait[] = []
  for (const lane of lanes) {
    const left = rest.get(lane)
    const cap = findCap(turns.farm(), turns.of(lane.projectId))
    if (left === undefined || cap !== undefined) {
      told.push({ lane, open: false, reason: cap ?? explainWait(lane, nodes) })
      continue
    }
    const [first] = left
    if (first === undefined) continue
    told.push({ lane, open: true, reason: explainWait(first, nodes) })
    if (!lane.needsGpu) continue
    for (const build of left) builds.push({ id: build.id, reason: explainWait(build, nodes) })
  }
  return { lanes: told, builds }
}
