/** What a member may do in a project, from the least on. Each may do what those before it may. */
export const roles = ['viewer', 'builder', 'admin'] as const
export type Role = (typeof roles)[number]

/**
 * What a token may be used for. `build` reads too, `admin` builds too; `operate` reads, and is of use only to an operator
 * of the farm.
 */
export const tokenScopes = ['read', 'build', 'admin', 'operate'] as const
export type TokenScope = (typeof tokenScopes)[number]

const included: Readonly<Record<TokenScope, readonly TokenScope[]>> = {
  read: ['read'],
  build: ['read', 'build'],
  admin: ['read', 'build', 'admin'],
  operate: ['read', 'operate'],
}

/** Scopes with all that they include. Pure. */
export function expandScopes(scopes: readonly TokenScope[]): ReadonlySet<TokenScope> {
  return new Set(scopes.flatMap((scope) => included[scope]))
}

/** What is asked of a caller in a project, with the role that it takes; the token needs a scope of the same name. */
export const needs = { read: 'viewer', build: 'builder', admin: 'admin' } as const satisfies Record<
  string,
  Role
>
export type Need = keyof typeof needs

/** Whether a role is enough for what is asked. Pure. */
export function suffices(role: Role | undefined, need: Need): boolean {
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(needs[need])
}

/** How a browser comes to be signed in: by an identity provider, or with a token of the API. */
export type SignInWay = 'oidc' | 'token'

/** Why an identity provider's answer signs nobody in. */
export type SignInRefusal =
  | 'denied'
  | 'disabled'
  | 'domain'
  | 'expired'
  | 'name_taken'
  | 'no_name'
  | 'provider'
  | 'unknown'
  | 'unverified'
