import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Call, failure, type Reply } from './reply.ts'
import { findProject, type HarborState, type Robot } from './state.ts'

export type Who =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'admin'; readonly name: string }
  | { readonly kind: 'robot'; readonly name: string; readonly robot: Robot }

export interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

const nobody: Who = { kind: 'nobody' }

/** Who a Basic header is; `undefined` when it is wrong. */
export function identify(state: HarborState, header: string | undefined): Who | undefined {
  if (header === undefined) return nobody
  const encoded = /^Basic (.+)$/i.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const [name = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  const password = rest.join(':')
  if (state.users.get(name) === password) return { kind: 'admin', name }
  const robot = [...state.robots.values()].find((one) => one.name === name)
  const alive = robot?.expires === -1 || (robot?.expires ?? 0) > Date.now() / 1000
  if (robot === undefined || robot.secret !== password || robot.disable || !alive) return undefined
  return { kind: 'robot', name, robot }
}

export interface Wish {
  /** Absent for what belongs to the system. */
  readonly project?: string
  readonly resource: string
  readonly action: string
}

export function whoCalls(state: HarborState, call: Call): Who {
  return identify(state, call.headers['authorization']) ?? nobody
}

/** 401 for whoever is not known, 403 for who may not (2.2). `undefined` when it is allowed. */
export function refuse(state: HarborState, call: Call, wish: Wish): Reply | undefined {
  const { project, resource, action } = wish
  const who = whoCalls(state, call)
  if (who.kind === 'nobody') return failure(401, 'UNAUTHORIZED', 'unauthorized')
  if (who.kind === 'admin' || mayDo(who.robot, project, resource, action)) return undefined
  return failure(403, 'FORBIDDEN', 'forbidden')
}

export function mayDo(
  { grants }: Robot,
  project: string | undefined,
  resource: string,
  action: string,
): boolean {
  return grants.some(
    ({ kind, namespace, access }) =>
      (project === undefined ? kind === 'system' : namespace === project || namespace === '*') &&
      access.some((grant) => grant.resource === resource && grant.action === action),
  )
}

const actionsOfTokens = ['pull', 'push', 'delete'] as const

/**
 * What a token for a scope such as `repository:farm/app:pull` allows: whatever its actions are, all that the login may do in
 * that repository (src/core/service/token/creator.go, repositoryFilter); nothing to strangers, with status 200 (8).
 */
export function grantScope(state: HarborState, who: Who | undefined, scope: string): Access {
  const [type = '', name = ''] = scope.split(':')
  return {
    type,
    name,
    actions: actionsOfTokens.filter((action) => mayIn(state, who, name, action)),
  }
}

/** Whether someone may do this in a repository. */
export function mayIn(
  state: HarborState,
  who: Who | undefined,
  repository: string,
  action: string,
): boolean {
  const project = repository.split('/')[0] ?? ''
  const known = findProject(state, project)
  if (known === undefined || who === undefined) return false
  if (who.kind === 'admin') return true
  const isPublic = known.metadata['public'] === 'true' && action === 'pull'
  return isPublic || (who.kind === 'robot' && mayDo(who.robot, project, 'repository', action))
}

const key = 'fake-harbor'
const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url')
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

export function issueToken(access: readonly Access[], seconds: number): string {
  const head = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ access, exp: Date.now() / 1000 + seconds })}`
  return `${head}.${sign(head)}`
}

/** What a token allows; it outlives the robot that it was made for (3). `undefined` when it is no good. */
export function readToken(token: string): readonly Access[] | undefined {
  const [header, payload, signature = ''] = token.split('.')
  const expected = sign(`${header}.${payload}`)
  if (signature.length !== expected.length) return undefined
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) return undefined
  const { access, exp } = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as {
    access: readonly Access[]
    exp: number
  }
  return exp > Date.now() / 1000 ? access : undefined
}
