import { randomBytes } from 'node:crypto'
import {
  done,
  failure,
  json,
  notFound,
  page,
  readBody,
  type Call,
  type Reply,
  type Route,
} from './reply.ts'
import { findProject, type Grants, type HarborState, type Robot } from './state.ts'
import { mayDo, refuse, whoCalls } from './who.ts'

const prefix = 'robot$'
const namePattern = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/
/** Harbor checks what is granted against a fixed list. */
const resources = [
  'project',
  'repository',
  'artifact',
  'artifact-addition',
  'accessory',
  'tag',
  'scan',
  'sbom',
  'quota',
  'robot',
  'immutable-tag',
  'tag-retention',
  'notification-policy',
  'label',
  'log',
  'system',
  'catalog',
  'scanner',
  'registry',
  'metadata',
]

/** Robots (3). */
export function robotRoutes(state: HarborState): readonly Route[] {
  const find = (id: string | undefined) => state.robots.get(Number(id))
  return [
    { method: 'POST', pattern: /^\/robots$/, answer: (call) => createRobot(state, call) },
    {
      method: 'GET',
      pattern: /^\/robots$/,
      answer: (call) =>
        guarded(state, call, 'list') ?? page(call, listed(state, call).map(describe)),
    },
    {
      method: 'GET',
      pattern: /^\/robots\/(\d+)$/,
      answer: (call, [id]) => {
        const robot = find(id)
        return (
          guarded(state, call, 'read') ?? (robot ? json(describe(robot)) : notFound(`robot ${id}`))
        )
      },
    },
    {
      method: 'PATCH',
      pattern: /^\/robots\/(\d+)$/,
      answer: (call, [id]) => {
        const robot = find(id)
        const refused = guarded(state, call, 'update')
        if (refused !== undefined) return refused
        if (robot === undefined) return notFound(`robot ${id}`)
        const { secret } = readBody(call)
        robot.secret = typeof secret === 'string' && secret !== '' ? secret : newSecret()
        return json(secret === undefined ? { secret: robot.secret } : {})
      },
    },
    {
      method: 'DELETE',
      pattern: /^\/robots\/(\d+)$/,
      answer: (call, [id]) =>
        guarded(state, call, 'delete') ??
        (state.robots.delete(Number(id)) ? done : notFound(`robot ${id}`)),
    },
    {
      method: 'GET',
      pattern: /^\/permissions$/,
      answer: (call) => {
        const all = resources.flatMap((resource) =>
          ['create', 'read', 'update', 'delete', 'list', 'push', 'pull'].map((action) => ({
            resource,
            action,
          })),
        )
        return guarded(state, call, 'read') ?? json({ system: all, project: all })
      },
    },
  ]
}

function guarded(state: HarborState, call: Call, action: string): Reply | undefined {
  return refuse(state, call, { resource: 'robot', action })
}

function createRobot(state: HarborState, call: Call): Reply {
  const refused = guarded(state, call, 'create')
  if (refused !== undefined) return refused
  const body = readBody(call) as {
    name?: string
    level?: string
    duration?: number
    description?: string
    permissions?: readonly Grants[]
  }
  const { name = '', level = '', duration = 0, permissions = [] } = body
  if (!namePattern.test(name)) return failure(400, 'BAD_REQUEST', `robot name ${name} is not valid`)
  if (duration === 0 || duration < -1)
    return failure(400, 'BAD_REQUEST', 'bad request error duration input')
  if (level === 'project' && permissions.length !== 1)
    return failure(400, 'BAD_REQUEST', 'bad request permission')
  const unknown = permissions
    .flatMap(({ access }) => access)
    .find(({ resource }) => !resources.includes(resource))
  if (unknown !== undefined)
    return failure(
      400,
      'BAD_REQUEST',
      `bad request permission: ${unknown.resource}:${unknown.action}`,
    )
  const who = whoCalls(state, call)
  if (who.kind === 'robot' && !permissions.every((grants) => covers(who.robot, grants)))
    return failure(403, 'DENIED', 'permission scope is invalid')
  const project =
    level === 'project' ? findProject(state, permissions[0]?.namespace ?? '') : undefined
  const full = `${prefix}${project === undefined ? '' : `${project.name}+`}${name}`
  if ([...state.robots.values()].some((one) => one.name === full))
    return failure(409, 'CONFLICT', `robot ${full} already exists`)
  const id = state.nextId()
  const robot: Robot = {
    id,
    name: full,
    level,
    description: body.description ?? '',
    grants: permissions,
    projectId: project?.id,
    expires: duration === -1 ? -1 : Math.floor(Date.now() / 1000) + duration * 86_400,
    // Whatever the caller sends: Harbor makes its own.
    secret: newSecret(),
    disable: false,
    created: new Date().toISOString(),
  }
  state.robots.set(id, robot)
  return json({ id, name: full, secret: robot.secret, expires_at: robot.expires }, 201)
}

const newSecret = () => randomBytes(16).toString('hex')

function covers(robot: Robot, { kind, namespace, access }: Grants): boolean {
  const project = kind === 'system' ? undefined : namespace
  return access.every(({ resource, action }) => mayDo(robot, project, resource, action))
}

/** Those of the system, or with `q` those of one project. `q` is unescaped once more than the URL asks for (2.4). */
function listed(state: HarborState, call: Call): readonly Robot[] {
  const q = decodeURIComponent((call.query.get('q') ?? '').replaceAll('+', ' '))
  const projectId = /ProjectID=(\d+)/.exec(q)?.[1]
  return [...state.robots.values()].filter((robot) =>
    projectId === undefined ? robot.level === 'system' : robot.projectId === Number(projectId),
  )
}

function describe({ id, name, level, description, grants, expires, disable, created }: Robot) {
  return {
    id,
    name,
    level,
    description,
    disable,
    expires_at: expires,
    creation_time: created,
    permissions: grants,
  }
}
