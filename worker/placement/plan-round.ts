import type { LaneHead, WaitingBuild } from '../../records/lanes.ts'
import type { Placement, Queue, Round } from '../../records/place-waiting.ts'
import { createPlaces } from './cache-node.ts'
import { chooseNode } from './choose-node.ts'
import { explainRest } from './explain-rest.ts'
import { findHold } from './find-hold.ts'
import { takesWanted } from './open-lanes.ts'
import {
  compareLanes,
  createRoundShares,
  type LaneShares,
  type RoundShares,
} from './round-shares.ts'

/** An open lane, of which the builds before `at` have been looked at. */
interface Line extends LaneHead {
  readonly shares: LaneShares
  at: number
  /** Builds of it that this round has placed. */
  placed: number
  /** Those that no node has room for. */
  readonly left: WaitingBuild[]
}

/**
 * Places one build after the other: what an operator has put first before the rest, then what somebody waits for before
 * what is scheduled, of the project whose turn it is, and the user in it, the one that waits longest. Builds for which no
 * node has room are passed over, and wait. Pure.
 */
export function planRound(queue: Queue, heads: readonly LaneHead[]): Round {
  const shares = createRoundShares(queue)
  const lines = heads.map((head): Line => ({
    ...head,
    shares: shares.of(head.lane),
    at: 0,
    placed: 0,
    left: [],
  }))
  const placements = placeInTurn(queue, lines, shares)
  const waiting = lines.filter((line) => line.more || restOf(line).length > 0)
  const least = waiting.reduce(
    (low, { shares: { project } }) => Math.min(low, project.served),
    Infinity,
  )
  return {
    placements,
    served: shares.served(waiting.map(({ lane }) => lane)),
    virtualTime: Math.max(queue.farm.virtualTime, waiting.length === 0 ? 0 : least),
    ...explainRest(queue, new Map(lines.map((line) => [line.lane, restOf(line)])), shares),
  }
}

function placeInTurn(
  { nodes }: Queue,
  lines: readonly Line[],
  shares: RoundShares,
): readonly Placement[] {
  const places = createPlaces(nodes.filter(takesWanted))
  let free = places.reduce((sum, place) => sum + place.free, 0)
  const placements: Placement[] = []
  while (free > 0) {
    const line = nextLine(lines, shares)
    const build = line?.builds[line.at]
    if (line === undefined || build === undefined) break
    line.at += 1
    const { projectId, user } = line.lane
    const chosen = chooseNode(build, line.lane, places)
    if (chosen === undefined) {
      pass(line, build)
      continue
    }
    const { place, ...how } = chosen
    placements.push({ buildId: build.id, projectId, user, node: place.node, ...how })
    place.free -= 1
    free -= 1
    line.placed += 1
    shares.take(line.lane)
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

/**
 * The line whose turn it is. One of which all that was read is placed keeps its turn while more may wait behind that: the
 * round ends there, and the next one reads on.
 */
function nextLine(lines: readonly Line[], shares: RoundShares): Line | undefined {
  let best: Line | undefined
  for (const line of lines) {
    if (line.at >= line.builds.length && !(line.more && line.placed > 0)) continue
    if (findHold(shares.farm, line.shares) !== undefined) continue
    if (best === undefined || compareLines(line, best) < 0) best = line
  }
  return best
}

function compareLines(line: Line, other: Line): number {
  const [next, otherNext] = [nextOf(line), nextOf(other)]
  return (
    other.lane.raised - line.lane.raised ||
    Number(next?.yields ?? false) - Number(otherNext?.yields ?? false) ||
    compareLanes(line.shares, other.shares) ||
    (next?.since ?? 0) - (otherNext?.since ?? 0)
  )
}

/** What comes behind the last that was read came later than that. */
function nextOf({ builds, at }: Line): WaitingBuild | undefined {
  return builds[at] ?? builds.at(-1)
}

function restOf({ builds, at, left }: Line): readonly WaitingBuild[] {
  return [...left, ...builds.slice(at)]
}
