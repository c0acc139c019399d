import { expandScopes, type Role, type SignInWay, type TokenScope } from '#contract/access.ts'

/** Who calls the API, and what they may do. */
export interface Caller {
  /**
   * `user:NAME/TOKEN` with the shown characters of the token, `user:NAME/SESSION` with the last ones of its id, or `api` for
   * who needs neither.
   */
  readonly actor: string
  /** Absent for `api`. */
  readonly user: { readonly id: number; readonly name: string } | undefined
  readonly token: { readonly id: string; readonly expiresAt: Date | null } | undefined
  /** Of the browser that is signed in. Where it was signed in with a token, there is that as well. */
  readonly session:
    | { readonly id: string; readonly way: SignInWay; readonly expiresAt: Date }
    | undefined
  readonly isOperator: boolean
  /** Of the token, with all that they include. A session without one may do all that its user may. */
  readonly scopes: ReadonlySet<TokenScope>
  /** By id of the project. */
  readonly roles: ReadonlyMap<number, Role>
  /** Id of the one project that the token is for. */
  readonly only: number | undefined
}

/** Whoever holds the farm's own token, or is on its machine where it has none. */
export const operator: Caller = {
  actor: 'api',
  user: undefined,
  token: undefined,
  session: undefined,
  isOperator: true,
  scopes: expandScopes(['admin', 'operate']),
  roles: new Map(),
  only: undefined,
}

/** Who acts by a session, in audit rows. */
export function sessionActor(user: string, id: string): string {
  return `user:${user}/session-${id.slice(-8)}`
}

export function roleIn({ isOperator, roles, only }: Caller, projectId: number): Role | undefined {
  if (only !== undefined && only !== projectId) return undefined
  return isOperator ? 'admin' : roles.get(projectId)
}

/** Ids of the projects that a caller reads. */
export function projectsOf({ isOperator, roles, only }: Caller): 'all' | readonly number[] {
  if (!isOperator) return [...roles.keys()].filter((id) => only === undefined || only === id)
  return only === undefined ? 'all' : [only]
}
