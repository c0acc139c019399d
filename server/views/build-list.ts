import type { Status } from '#contract/stage.ts'
import type { Db } from '../../records/connect.ts'
import { summarise } from './build-detail.ts'

export interface BuildFilter {
  readonly name?: string | undefined
  readonly status?: Status | undefined
  /** Id of the last build of the page before: ids sort by time. */
  readonly before?: string | undefined
  readonly limit: number
}

/** One page of builds, the newest first. */
export async function listBuilds(db: Db, { name, status, before, limit }: BuildFilter) {
  const rows = await db
    .selectFrom('builds')
    .selectAll()
    .$if(name !== undefined, (q) => q.where('name', '=', name ?? ''))
    .$if(status !== undefined, (q) => q.where('status', '=', status ?? 'building'))
    .$if(before !== undefined, (q) => q.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const builds = rows.slice(0, limit)
  const last = builds.at(-1)
  return {
    builds: builds.map(summarise),
    ...(rows.length > limit && last ? { next_cursor: last.id } : {}),
  }
}
