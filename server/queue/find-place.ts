import { countBefore, turnOf } from '../../matrix/fair-share.ts'
import { type Backlog, compareClasses, countBacklogs, readBacklogs } from '../../records/backlog.ts'
import type { Db } from '../../records/connect.ts'

/** Builds of one project that are counted at most: a place further back is told as this one. */
export const furthest = 10_000

export interface Place {
  /** In its class, from 1. */
  readonly position: number
  /** Builds of all classes that go before it. */
  readonly ahead: number
  /** Those of its own project and class among them. */
  readonly rank: number
}

/** Where the builds come that have so many of their own project and class before them. */
export async function findPlaces(
  db: Db,
  wanted: readonly { readonly backlog: Backlog; readonly rank: number }[],
  known?: readonly Backlog[],
): Promise<readonly Place[]> {
  const backlogs = known ?? (await readBacklogs(db))
  const needed = backlogs.map((one) =>
    Math.max(0, ...wanted.map(({ backlog, rank }) => limitOf(one, backlog, rank))),
  )
  const counts = await countBacklogs(
    db,
    backlogs,
    needed.map((limit) => Math.min(limit, furthest)),
  )
  return wanted.map(({ backlog, rank }) => {
    const before = backlogs.map((one, index) => {
      const isOwn = one.project.id === backlog.project.id && compareClasses(one, backlog) === 0
      return {
        isSameClass: compareClasses(one, backlog) === 0,
        count: isOwn ? rank : Math.min(counts[index] ?? 0, limitOf(one, backlog, rank)),
      }
    })
    const sum = (rows: typeof before) => rows.reduce((total, { count }) => total + count, 0)
    return {
      position: 1 + sum(before.filter(({ isSameClass }) => isSameClass)),
      ahead: sum(before),
      rank,
    }
  })
}

/** How many builds of one backlog go before a build of another, were there enough of them. */
function limitOf(one: Backlog, backlog: Backlog, rank: number): number {
  const order = compareClasses(one, backlog)
  if (order !== 0) return order < 0 ? furthest : 0
  const { project } = backlog
  return countBefore(one.project.id, one.project, turnOf(project.id, project, rank))
}
