import { type Need, needs, suffices, type TokenScope } from '#contract/access.ts'
import type { Pool } from '../../records/connect.ts'
import type { Fence } from '../../records/fence.ts'
import type { Scope } from '../../records/scope.ts'
import type { TellRefusal } from '../joining/tell-refusal.ts'
import { Refusal } from '../refusal.ts'
import { type Caller, projectsOf, roleIn } from './caller.ts'

/** The scope of one request: what its caller may see, and who that is. */
export interface RequestScope extends Scope {
  readonly caller: Caller
  readonly tellRefusal: TellRefusal
  /** Whom the same request would let in now: for answers that go on for long. */
  readonly letInNow: () => Promise<Caller | undefined>
}

/** What every route of the API has. */
export interface ApiEnv {
  Variables: { scope: RequestScope }
}

interface ScopeDeps {
  readonly db: Pool
  readonly fence: Pick<Fence, 'for'>
  readonly tellRefusal: TellRefusal
}

export function openScope(
  { db, fence, tellRefusal }: ScopeDeps,
  caller: Caller,
  letInNow: RequestScope['letInNow'],
): RequestScope {
  const projects = projectsOf(caller)
  return {
    // There is nothing that who sees everything could be kept from.
    db: projects === 'all' ? db : fence.for(projects),
    farm: db,
    actor: caller.actor,
    projects,
    caller,
    tellRefusal,
    letInNow,
  }
}

/** @throws Refusal that names the scope which the token lacks. */
function requireScope({ scopes }: Caller, scope: TokenScope): void {
  if (!scopes.has(scope)) throw new Refusal('forbidden', `the token needs the scope "${scope}"`)
}

/** @throws Refusal that names the scope, or the role in the project, that the caller lacks. */
export function requireRole(
  { caller }: RequestScope,
  project: { readonly id: number; readonly name: string },
  need: Need,
): void {
  requireScope(caller, need)
  if (suffices(roleIn(caller, project.id), need)) return
  throw new Refusal('forbidden', `needs the role ${needs[need]} in the project "${project.name}"`)
}

/** For what concerns the farm itself. @throws Refusal unless the caller is an operator, with a token for that. */
export function requireOperator({ caller }: RequestScope): void {
  requireScope(caller, 'operate')
  if (!caller.isOperator || caller.only !== undefined) {
    throw new Refusal('forbidden', 'needs an operator of the farm')
  }
}

/**
 * Leaves an audit row when there is what the caller was told that there is not. It is looked for in either case, so that
 * the time taken does not tell the two apart.
 */
export async function noteUnseen(
  { actor, tellRefusal }: RequestScope,
  object: string,
  hidden: Promise<unknown>,
): Promise<void> {
  if ((await hidden) === undefined) return
  await tellRefusal({ actor, object, because: 'of a project that the caller does not see' })
}
