import type { Need } from '#contract/access.ts'
import type { ProjectRow } from '../records/projects.ts'
import type { RequestScope } from './access/request-scope.ts'
import { refuseField } from './refusal.ts'
import { findProjectFor } from './routes/get-project.ts'

/** The project that a field `project` names. @throws Refusal when there is none for the caller, or not for what they need. */
export async function namedProject(
  scope: RequestScope,
  name: string,
  need: Need,
): Promise<ProjectRow> {
  const project = await findProjectFor(scope, name, need)
  if (project !== undefined) return project
  const message = `there is no project "${name}"; make it first: POST /api/projects`
  throw refuseField('project_unknown', 'project', message)
}
