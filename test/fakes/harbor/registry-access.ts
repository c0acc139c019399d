import { createHash } from 'node:crypto'
import { failure, json, type Call, type Reply, type Route } from './reply.ts'
import { findProject, type HarborState, type Project, type Repository, usedBytes } from './state.ts'
import { identify, mayIn, readToken } from './who.ts'

export interface Target {
  readonly project: Project
  /** Without the project. */
  readonly name: string
  readonly repository: Repository | undefined
}

export type Answer = (call: Call, target: Target, parts: readonly string[]) => Reply

/** A route below `/v2/<project>/<name>/` for whoever may do `action` there. */
export function registryRoute(
  state: HarborState,
  [method, tail, action]: readonly [string, string, string],
  answer: Answer,
): Route {
  const reads = method === 'GET' || method === 'HEAD'
  // As Harbor asks for it (src/server/middleware/v2auth/access.go).
  const writes = method === 'DELETE' ? 'delete' : 'pull,push'
  return {
    method,
    pattern: new RegExp(`^/v2/([^/]+)/(.+)/${tail}$`),
    answer: (call, [projectName = '', name = '', ...parts]) => {
      const project = findProject(state, projectName)
      const full = `${projectName}/${name}`
      if (project === undefined || !isAllowed(state, call, full, action)) {
        return challenge(call, `repository:${full}:${reads ? 'pull' : writes}`)
      }
      if (state.readOnly && !reads) return failure(403, 'DENIED', 'The system is in read only mode')
      return answer(call, { project, name, repository: project.repositories.get(name) }, parts)
    },
  }
}

export function isAllowed(
  state: HarborState,
  call: Call,
  repository: string,
  action: string,
): boolean {
  const header = call.headers['authorization'] ?? ''
  const bearer = /^Bearer (.+)$/i.exec(header)?.[1]
  if (bearer !== undefined) {
    const access = readToken(bearer) ?? []
    return access.some(({ name, actions }) => name === repository && actions.includes(action))
  }
  const who = identify(state, header === '' ? undefined : header)
  return mayIn(state, who, repository, action)
}

/** 401 also for what does not exist and for what is not allowed. */
export function challenge(call: Call, scope: string | undefined): Reply {
  const parts = [
    `realm="${call.origin}/service/token"`,
    'service="harbor-registry"',
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
  ]
  const { body = {} } = failure(401, 'UNAUTHORIZED', 'unauthorized to access repository')
  return json(body, 401, { 'www-authenticate': `Bearer ${parts.join(',')}` })
}

export const digestOf = (bytes: Buffer) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export const exceeds = (project: Project, more: number) =>
  project.hard >= 0 && usedBytes(project) + more > project.hard
export const quotaRefusal = () =>
  failure(
    403,
    'DENIED',
    'adding the artifact would exceed the configured upper limit of the storage quota',
  )
