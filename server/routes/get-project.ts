import type { Need } from '#contract/access.ts'
import { findProject, type ProjectRow } from '../../records/projects.ts'
import { wholeFarm } from '../../records/scope.ts'
import { noteUnseen, type RequestScope, requireRole } from '../access/request-scope.ts'
import { Refusal } from '../refusal.ts'

/** @throws Refusal when there is no such project for the caller, or they may not do in it what they need to. */
export async function getProject(
  scope: RequestScope,
  name: string,
  need: Need,
): Promise<ProjectRow> {
  const project = await findProjectFor(scope, name, need)
  if (project === undefined) throw new Refusal('not_found', `there is no project "${name}"`)
  return project
}

/** The same for who answers otherwise when there is none. */
export async function findProjectFor(
  scope: RequestScope,
  name: string,
  need: Need,
): Promise<ProjectRow | undefined> {
  const project = await findProject(scope, name)
  if (project === undefined) {
    await noteUnseen(scope, `project ${name.slice(0, 63)}`, findProject(wholeFarm(scope), name))
    return undefined
  }
  requireRole(scope, project, need)
  return project
}
