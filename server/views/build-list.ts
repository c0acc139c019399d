import type { Status } from '#contract/stage.ts'
import { selectBuilds } from '../../records/builds.ts'
import { inScope, type Scope } from '../../records/scope.ts'
import { summarise } from './build-detail.ts'

export interface BuildFilter {
  readonly project?: string | undefined
  readonly name?: string | undefined
  readonly status?: Status | undefined
  /** Id of the last build of the page before: ids sort by time. */
  readonly before?: string | undefined
  readonly limit: number
}

/** One page of builds, the newest first. */
export async function listBuilds(
  scope: Scope,
  { project, name, status, before, limit }: BuildFilter,
) {
  const rows = await selectBuilds(scope.db)
    .where(inScope(scope, 'builds.project_id'))
    .$if(project !== undefined, (q) => q.where('projects.name', '=', project ?? ''))
    .$if(name !== undefined, (q) => q.where('builds.name', '=', name ?? ''))
    .$if(status !== undefined, (q) => q.where('status', '=', status ?? 'building'))
    .$if(before !== undefined, (q) => q.where('builds.id', '<', before ?? ''))
    .orderBy('builds.id', 'desc')
    .limit(limit + 1)
    .execute()
  const builds = rows.slice(0, limit)
  const last = builds.at(-1)
  return {
    builds: builds.map((build) => summarise(build)),
    ...(rows.length > limit && last ? { next_cursor: last.id } : {}),
  }
}
