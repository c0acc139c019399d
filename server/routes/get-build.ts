import type { Need } from '#contract/access.ts'
import { type BuildRow, findBuild, findSeenBuild } from '../../records/builds.ts'
import { noteUnseen, type RequestScope, requireRole } from '../access/request-scope.ts'
import { Refusal } from '../refusal.ts'

/** @throws Refusal when there is no such build for the caller, or they may not do with it what they need to. */
export async function getBuild(scope: RequestScope, id: string, need: Need): Promise<BuildRow> {
  const build = await findSeenBuild(scope, id)
  if (build === undefined) {
    await noteUnseen(scope, id.slice(0, 40), findBuild(scope.farm, id))
    throw new Refusal('not_found', `there is no build ${id.slice(0, 40)}`)
  }
  requireRole(scope, { id: build.project_id, name: build.project }, need)
  return build
}
