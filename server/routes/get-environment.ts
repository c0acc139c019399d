import type { Need } from '#contract/access.ts'
import {
  type EnvironmentRow,
  findEnvironment,
  findSeenEnvironment,
} from '../../records/find-environments.ts'
import { noteUnseen, type RequestScope, requireRole } from '../access/request-scope.ts'
import { Refusal } from '../refusal.ts'

/** @throws Refusal when there is no such environment for the caller, or they may not do with it what they need to. */
export async function getEnvironment(
  scope: RequestScope,
  id: string,
  need: Need,
): Promise<EnvironmentRow> {
  const row = await findSeenEnvironment(scope, id)
  if (row === undefined) {
    await noteUnseen(scope, id.slice(0, 40), findEnvironment(scope.farm, id))
    throw new Refusal('not_found', `there is no environment ${id.slice(0, 40)}`)
  }
  requireRole(scope, { id: row.project_id, name: row.project }, need)
  return row
}
