import {
  created,
  done,
  failure,
  notFound,
  page,
  readBody,
  type Call,
  type Reply,
  type Route,
} from './reply.ts'
import { findProject, type HarborState, type ImmutableRule, type Project } from './state.ts'
import { refuse } from './who.ts'

const events = [
  'PUSH_ARTIFACT',
  'PULL_ARTIFACT',
  'DELETE_ARTIFACT',
  'SCANNING_COMPLETED',
  'SCANNING_FAILED',
  'SCANNING_STOPPED',
  'QUOTA_WARNING',
  'QUOTA_EXCEED',
  'REPLICATION',
  'TAG_RETENTION',
]

interface Rule {
  readonly template?: string
  readonly tag_selectors?: readonly { readonly pattern: string }[]
  readonly scope_selectors?: { readonly repository?: readonly { readonly pattern: string }[] }
}

/** Rules for immutable tags and retention (4), webhooks (6). */
export function policyRoutes(state: HarborState): readonly Route[] {
  const route = (
    method: string,
    tail: string,
    resource: string,
    answer: (call: Call, project: Project, parts: readonly string[]) => Reply,
  ): Route => ({
    method,
    pattern: new RegExp(`^/projects/([^/]+)${tail}$`),
    answer: (call, [name = '', ...parts]) => {
      const project = findProject(state, name)
      const action = { GET: 'list', POST: 'create', PUT: 'update', DELETE: 'delete' }[method] ?? ''
      const refused = refuse(state, call, { project: project?.name ?? name, resource, action })
      if (refused !== undefined) return refused
      return project === undefined ? notFound(`project ${name}`) : answer(call, project, parts)
    },
  })
  return [
    route('GET', '/immutabletagrules', 'immutable-tag', (call, { immutable }) =>
      page(call, immutable.map(describeRule)),
    ),
    route('POST', '/immutabletagrules', 'immutable-tag', (call, project) =>
      addRule(state, call, project),
    ),
    route('GET', '/webhook/policies', 'notification-policy', (call, { webhooks }) =>
      page(
        call,
        [...webhooks].map(([id, body]) => ({ ...body, id })),
      ),
    ),
    route('POST', '/webhook/policies', 'notification-policy', (call, project) => {
      const body = readBody(call)
      const wrong = checkEvents(body)
      if (wrong !== undefined) return wrong
      if ([...project.webhooks.values()].some(({ name }) => name === body['name']))
        return failure(409, 'CONFLICT', 'the webhook exists')
      const id = state.nextId()
      project.webhooks.set(id, body)
      return created(`/api/v2.0/projects/${project.name}/webhook/policies/${id}`)
    }),
    route(
      'PUT',
      String.raw`/webhook/policies/(\d+)`,
      'notification-policy',
      (call, project, [id = '']) => {
        const body = readBody(call)
        const wrong = checkEvents(body)
        if (wrong !== undefined) return wrong
        if (!project.webhooks.has(Number(id))) return notFound(`webhook ${id}`)
        project.webhooks.set(Number(id), body)
        return done
      },
    ),
  ]
}

function checkEvents(body: Record<string, unknown>): Reply | undefined {
  const unknown = (body['event_types'] as readonly string[]).find(
    (event) => !events.includes(event),
  )
  return unknown === undefined
    ? undefined
    : failure(400, 'BAD_REQUEST', `invalid event type ${unknown}`)
}

/** An unknown template is taken and does nothing. */
function addRule(state: HarborState, call: Call, project: Project): Reply {
  const {
    template = '',
    tag_selectors: tags = [],
    scope_selectors: scopes,
  } = readBody(call) as Rule
  const rule = {
    template,
    tags: tags[0]?.pattern ?? '',
    repositories: scopes?.repository?.[0]?.pattern ?? '',
  }
  const same = project.immutable.some(
    (one) => one.tags === rule.tags && one.repositories === rule.repositories,
  )
  if (same) return failure(409, 'CONFLICT', 'the rule exists')
  const id = state.nextId()
  project.immutable.push({ id, ...rule })
  return created(`/api/v2.0/projects/${project.name}/immutabletagrules/${id}`)
}

const describeRule = ({ id, template, tags, repositories }: ImmutableRule) => ({
  id,
  disabled: false,
  template,
  tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: tags }],
  scope_selectors: {
    repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: repositories }],
  },
})
