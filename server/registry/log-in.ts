import type { AttemptRef } from '#contract/build.ts'
import type { EnvironmentRef, EnvironmentState } from '#contract/environment.ts'
import type { RegistryLogin } from '#contract/registry-login.ts'
import { recordAudit } from '../../records/audit.ts'
import type { Pool } from '../../records/connect.ts'
import { findEnvironment } from '../../records/find-environments.ts'
import { findAhead } from '../../records/images-ahead.ts'
import { RegistryError } from '../../registry/error.ts'
import { formatScope } from '../../registry/scope.ts'
import { Refusal } from '../refusal.ts'
import { refuseAttempt } from '../refuse-attempt.ts'
import type { PushTarget } from '../views/build-plan.ts'
import { type AttemptAccess, grantScopes, readAttemptAccess } from './attempt-access.ts'
import type { RegistryAccess } from './registry-access.ts'

export interface LogInDeps {
  readonly db: Pool
  readonly push: PushTarget
  readonly registry: RegistryAccess
}

/**
 * Logs an attempt in to the farm's registry, for as long as it is the current one: with a token of the registry for what
 * the attempt may do, or with the farm's own password where the registry takes nothing else.
 *
 * @param scopes as the daemon wants them; none for a login without a token.
 * @throws Refusal
 */
export async function logIn(
  deps: LogInDeps,
  ref: AttemptRef,
  scopes: readonly string[],
): Promise<RegistryLogin> {
  const access = await readAttemptAccess(deps.db, deps.push, ref)
  if (access === undefined) throw await refuseAttempt(deps.db, ref)
  const who = { object: ref.buildId, detail: { attempt: ref.attempt } }
  return logInTo(deps, access, scopes, who)
}

/** The same for the start of an environment, which may read its own image. */
export async function logInForEnvironment(
  deps: LogInDeps,
  { environmentId, start }: EnvironmentRef,
  scopes: readonly string[],
): Promise<RegistryLogin> {
  const row = await findEnvironment(deps.db, environmentId)
  if (row === undefined || row.start !== start || !isPulled(row.state)) {
    throw new Refusal('stale_start')
  }
  const access = new Map([[`${deps.push.prefix}/${row.repository}`, ['pull']]])
  return logInTo(deps, access, scopes, { object: environmentId, detail: { start } })
}

/** The same for an image that a node is to fetch before anybody starts from it. */
export async function logInForImage(
  deps: LogInDeps,
  { nodeId, digest }: { readonly nodeId: string; readonly digest: string },
  scopes: readonly string[],
): Promise<RegistryLogin> {
  const repository = await findAhead(deps.db, nodeId, digest)
  if (repository === undefined) throw new Refusal('not_found')
  const access = new Map([[`${deps.push.prefix}/${repository}`, ['pull']]])
  return logInTo(deps, access, scopes, { object: nodeId, detail: { digest } })
}

function isPulled(state: EnvironmentState): boolean {
  return state === 'pulling' || state === 'starting'
}

/** For whom it is, as the audit rows have it. */
interface Who {
  readonly object: string
  readonly detail: object
}

async function logInTo(
  { db, registry }: LogInDeps,
  access: AttemptAccess,
  scopes: readonly string[],
  { object, detail }: Who,
): Promise<RegistryLogin> {
  const challenge = await registry.challenge().catch(refuse)
  if (challenge?.scheme !== 'bearer') {
    const { credential } = registry
    if (challenge === undefined || credential === undefined) return { kind: 'none' }
    await recordAudit(db, { actor: 'farm', action: 'registry.password', object, detail })
    return { kind: 'password', ...credential }
  }
  if (scopes.length === 0) return { kind: 'none' }
  const granted = grantScopes(access, scopes)
  if (granted === undefined) throw new Refusal('scope_refused', scopes.join(' '))
  const { value, expiresIn } = await registry.token(granted).catch(refuse)
  if (granted.some(({ actions }) => actions.includes('push'))) {
    const given = { ...detail, scopes: granted.map(formatScope), seconds: expiresIn }
    await recordAudit(db, { actor: 'farm', action: 'registry.token', object, detail: given })
  }
  return { kind: 'token', token: value, expires_in: expiresIn }
}

function refuse(error: unknown): never {
  if (!(error instanceof RegistryError)) throw error
  const { status, operation } = error
  const code = status === 401 || status === 403 ? 'registry_denied' : 'registry_unavailable'
  throw new Refusal(code, `the farm could not ${operation}`)
}
