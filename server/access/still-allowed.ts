import { type Need, suffices } from '#contract/access.ts'
import { roleIn } from './caller.ts'
import type { RequestScope } from './request-scope.ts'

/** Whether the caller would still be let in, to a project and for this: for answers that go on for long. */
export async function stillAllowed(
  { letInNow }: Pick<RequestScope, 'letInNow'>,
  projectId: number,
  need: Need,
): Promise<boolean> {
  const now = await letInNow()
  return now !== undefined && now.scopes.has(need) && suffices(roleIn(now, projectId), need)
}
