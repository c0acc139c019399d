import type { EnvironmentState } from '#contract/environment.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { selectEnvironments } from '../../records/find-environments.ts'
import { inScope, type Scope } from '../../records/scope.ts'
import { showEnvironment } from './environment.ts'

export interface EnvironmentFilter {
  readonly project?: string | undefined
  readonly state?: EnvironmentState | undefined
  /** Id of the last one of the page before: ids sort by time. */
  readonly before?: string | undefined
  readonly limit: number
  readonly language: Language
}

/** One page of environments, the newest first. */
export async function listEnvironments(
  scope: Scope,
  { project, state, before, limit, language }: EnvironmentFilter,
) {
  const rows = await selectEnvironments(scope.db)
    .where(inScope(scope, 'environments.project_id'))
    .$if(project !== undefined, (q) => q.where('projects.name', '=', project ?? ''))
    .$if(state !== undefined, (q) => q.where('environments.state', '=', state ?? 'running'))
    .$if(before !== undefined, (q) => q.where('environments.id', '<', before ?? ''))
    .orderBy('environments.id', 'desc')
    .limit(limit + 1)
    .execute()
  const environments = rows.slice(0, limit)
  const last = environments.at(-1)
  return {
    environments: environments.map((row) => showEnvironment(row, { language })),
    ...(rows.length > limit && last ? { next_cursor: last.id } : {}),
  }
}
