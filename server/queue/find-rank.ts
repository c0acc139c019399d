import { countBefore, turnOf } from '../../matrix/fair-share.ts'
import { type Backlog, countUserBacklogs } from '../../records/backlog.ts'
import type { Db } from '../../records/connect.ts'
import { furthest } from './find-place.ts'

/** How many builds of its project and class go before the one that has `own` of its user's before it. */
export async function findRank(
  db: Db,
  backlog: Backlog,
  { user, own }: { readonly user: string; readonly own: number },
): Promise<number> {
  const share = backlog.users.find(({ name }) => name === user)
  if (share === undefined) return own
  const turn = turnOf(user, share, own)
  const others = backlog.users
    .filter((one) => one !== share)
    .map((one) => ({
      backlog,
      user: one.name,
      limit: Math.min(furthest, countBefore(one.name, one, turn)),
    }))
  const counted = await countUserBacklogs(db, others)
  return Math.min(
    furthest,
    counted.reduce((total, { count }) => total + count, own),
  )
}
