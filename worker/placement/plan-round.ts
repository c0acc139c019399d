import type { LaneHead, WaitingBuild } from '../../records/lanes.ts'
import type { Placement, Queue, Round } from '../../records/place-waiting.ts'
import { createPlaces } from './cache-node.ts'
import { chooseNode } from './choose-node.ts'
import { explainRest } from './explain-rest.ts'
import { findHold } from './find-hold.ts'
import { takesWanted } from './open-lanes.ts'
import { compareTurns, createTurns, type Turns } from './take-turns.ts'

/** An open lane, of which the builds before `at` have been looked at. */
interface Line extends LaneHead {
  at: number
  /** Those that no node has room for. */
  readonly left: WaitingBuild[]
}

/**
 * Places one build after the other: what an operator has put first before the rest, then what somebody waits for before
 * what is scheduled, of the project whose turn it is, the one that waits longest. Builds for which no node has room are passed over, and wait. Pure.
 */
export function planRound(queue: Queue, heads: readonly LaneHead[]): Round {
  const lines = heads.map((head): Line => ({ ...head, at: 0, left: [] }))
  const turns = createTurns(queue)
  const placements = placeInTurn(queue, lines, turns)
  const waiting = lines
    .filter((line) => restOf(line).length > 0)
    .map(({ lane }) => turns.of(lane.projectId).served)
  const least = waiting.length === 0 ? 0 : Math.min(...waiting)
  return {
    placements,
    served: turns.served(),
    virtualTime: Math.max(queue.farm.virtualTime, least),
    ...explainRest(queue, new Map(lines.map((line) => [line.lane, restOf(line)])), turns),
  }
}

function placeInTurn({ nodes }: Queue, lines: readonly Line[], turns: Turns): readonly Placement[] {
  const places = createPlaces(nodes.filter(takesWanted))
  let free = places.reduce((sum, place) => sum + place.free, 0)
  const placements: Placement[] = []
  while (free > 0) {
    const line = nextLine(lines, turns)
    const build = line?.builds[line.at]
    if (line === undefined || build === undefined) break
    line.at += 1
    const { projectId } = line.lane
    const chosen = chooseNode(build, line.lane, places)
    if (chosen === undefined) {
      pass(line, build)
      continue
    }
    const { place, ...how } = chosen
    placements.push({ buildId: build.id, projectId, node: place.node, ...how })
    place.free -= 1
    free -= 1
    turns.take(projectId)
  }
  return placements
}

/** What fits nowhere is passed over, and with it the rest of its lane unless each has a need of its own. */
function pass(line: Line, build: WaitingBuild): void {
  line.left.push(build)
  if (!line.lane.needsGpu) {
    line.left.push(...line.builds.slice(line.at))
    line.at = line.builds.length
  }
}

function nextLine(lines: readonly Line[], turns: Turns): Line | undefined {
  let best: Line | undefined
  for (const line of lines) {
    if (line.at >= line.builds.length) continue
    if (findHold(turns.farm(), turns.of(line.lane.projectId)) !== undefined) continue
    if (best === undefined || compareLines(line, best, turns) < 0) best = line
  }
  return best
}

function compareLines({ lane, builds, at }: Line, other: Line, turns: Turns): number {
  const next = builds[at]
  const otherNext = other.builds[other.at]
  return (
    other.lane.raised - lane.raised ||
    Number(next?.yields ?? false) - Number(otherNext?.yields ?? false) ||
    compareTurns(turns.of(lane.projectId), turns.of(other.lane.projectId)) ||
    (next?.since ?? 0) - (otherNext?.since ?? 0)
  )
}

function restOf({ builds, at, left }: Line): readonly WaitingBuild[] {
  return [...left, ...builds.slice(at)]
}
