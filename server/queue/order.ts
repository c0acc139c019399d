import type { Backlog } from '../../records/backlog.ts'

/**
 * Where a build comes in its class. Projects take turns by what they have running for their weight; of equals the one goes
 * that was served least. So the build after `rank` others of its project comes when that has `running + rank`.
 */
export interface Turn {
  readonly key: number
  readonly served: number
  readonly projectId: number
}

export function turnOf({ project }: Backlog, rank: number): Turn {
  const { id, running, weight, served } = project
  return { key: (running + rank) / weight, served: served + rank / weight, projectId: id }
}

export function compareTurns(a: Turn, b: Turn): number {
  if (a.projectId === b.projectId) return a.key - b.key
  return a.key - b.key || a.served - b.served || a.projectId - b.projectId
}

/** How many builds of a backlog would go before a turn, were there enough of them. Pure. */
export function countBefore(backlog: Backlog, turn: Turn): number {
  const { running, weight } = backlog.project
  const least = Math.max(0, Math.ceil(turn.key * weight - running))
  // Rounding may be off by one either way: the turns themselves decide.
  let count = Math.max(0, least - 1)
  while (compareTurns(turnOf(backlog, count), turn) < 0) count += 1
  return count
}
