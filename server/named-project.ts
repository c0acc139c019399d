import type { Db } from '../records/connect.ts'
import { findProject, type ProjectRow } from '../records/projects.ts'
import { refuseField } from './refusal.ts'

/** The project that a field `project` names. @throws Refusal when there is none. */
export async function namedProject(db: Db, name: string): Promise<ProjectRow> {
  const project = await findProject(db, name)
  if (project !== undefined) return project
  const message = `there is no project "${name}"; make it first: POST /api/projects`
  throw refuseField('project_unknown', 'project', message)
}
