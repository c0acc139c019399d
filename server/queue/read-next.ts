import { compareTurns, shareOut, turnOf } from '../../matrix/fair-share.ts'
import { type Backlog, countUserBacklogs, readBacklogBuilds } from '../../records/backlog.ts'
import type { Db } from '../../records/connect.ts'
import type { UserShare } from '../../records/user-shares.ts'

export interface QueuedBuild {
  readonly id: string
  readonly backlog: Backlog
  /** Builds of its project and class before it. */
  readonly rank: number
  /** Who has submitted it; empty for nobody. */
  readonly user: string
  /** Those of its user among them. */
  readonly own: number
}

/** What one user has waiting in a backlog, of which so many builds were shown before. */
interface Part {
  readonly backlog: Backlog
  readonly share: UserShare
  readonly user: string
  readonly shown: number
}

/** Up to `limit` builds of each backlog, in no order, after the `shown` first as its users take turns. */
export async function readNext(
  db: Db,
  backlogs: readonly Backlog[],
  shown: readonly number[],
  limit: number,
): Promise<readonly QueuedBuild[]> {
  const all = backlogs.flatMap((backlog, index) =>
    backlog.users.map((share) => {
      const before = shown[index] ?? 0
      return { backlog, share, user: share.name, shown: before, limit: before + limit }
    }),
  )
  const counted = Map.groupBy(await countUserBacklogs(db, all), ({ backlog }) => backlog)
  const parts = [...counted.values()].flatMap((own) => narrow(own, limit))
  const rows = await readBacklogBuilds(db, parts)
  const found = rows.flatMap(({ id, part, rank }) => {
    const of = parts[part]
    return of === undefined ? [] : { ...of, id, own: rank, turn: turnOf(of.user, of.share, rank) }
  })
  return [...Map.groupBy(found, ({ backlog }) => backlog).values()].flatMap((own) =>
    own
      .toSorted((a, b) => compareTurns(a.turn, b.turn))
      .map(({ id, backlog, user, own: ofUser, shown: before }, at) => ({
        id,
        backlog,
        rank: before + at,
        user,
        own: ofUser,
      })),
  )
}

/** Which builds of each user are the next `limit` of their backlog. */
function narrow(own: readonly (Part & { readonly count: number })[], limit: number) {
  const waiting = own.map(({ user, share, count }) => ({ id: user, share, count }))
  const shown = own[0]?.shown ?? 0
  const [from, to] = [shareOut(waiting, shown), shareOut(waiting, shown + limit)]
  return own.map((one, at) => {
    const skip = from[at] ?? 0
    return { ...one, skip, limit: (to[at] ?? 0) - skip }
  })
}
