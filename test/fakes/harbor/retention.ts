import {
  created,
  failure,
  json,
  notFound,
  readBody,
  type Call,
  type Reply,
  type Route,
} from './reply.ts'
import type { HarborState, Project, Retention } from './state.ts'
import { refuse } from './who.ts'

interface Found {
  readonly project: Project
  readonly retention: Retention
}

const wish = { resource: 'tag-retention', action: 'create' }

/** Retention (4). */
export function retentionRoutes(state: HarborState): readonly Route[] {
  const find = (id: string | undefined) => {
    const project = [...state.projects.values()].find(
      ({ retention }) => retention?.id === Number(id),
    )
    return project?.retention && { project, retention: project.retention }
  }
  const at = String.raw`^/retentions/(\d+)/executions`
  const withRetention =
    (answer: (call: Call, found: Found) => Reply): Route['answer'] =>
    (call, [id]) => {
      const found = find(id)
      if (found === undefined) return notFound(`retention ${id}`)
      return refuse(state, call, { ...wish, project: found.project.name }) ?? answer(call, found)
    }
  return [
    { method: 'POST', pattern: /^\/retentions$/, answer: (call) => createRetention(state, call) },
    {
      method: 'POST',
      pattern: new RegExp(`${at}$`),
      answer: withRetention((call, { retention }) => {
        const id = state.nextId()
        retention.executions.unshift({ id, dryRun: readBody(call)['dry_run'] === true })
        return created(`/api/v2.0/retentions/${retention.id}/executions/${id}`)
      }),
    },
    {
      method: 'GET',
      pattern: new RegExp(`${at}$`),
      answer: withRetention((_, { retention }) =>
        json(
          retention.executions.map(({ id, dryRun }) => ({
            id,
            status: 'Success',
            dry_run: dryRun,
          })),
        ),
      ),
    },
    {
      method: 'GET',
      pattern: new RegExp(String.raw`${at}/\d+/tasks$`),
      answer: withRetention((_, found) => json(countKept(found))),
    },
  ]
}

function createRetention(state: HarborState, call: Call): Reply {
  const body = readBody(call) as {
    readonly scope?: { readonly ref?: number }
    readonly rules?: readonly Record<string, unknown>[]
    readonly trigger?: { readonly settings?: { readonly cron?: string } }
  }
  const project = state.projects.get(body.scope?.ref ?? 0)
  if (project === undefined) return notFound('project')
  const refused = refuse(state, call, { ...wish, project: project.name })
  if (refused !== undefined) return refused
  if (project.retention !== undefined)
    return failure(400, 'BAD_REQUEST', 'the project has a retention policy')
  const cron = body.trigger?.settings?.cron ?? ''
  if (cron !== '' && cron.split(' ').length !== 6)
    return failure(400, 'BAD_REQUEST', 'invalid cron')
  const id = state.nextId()
  project.retention = { id, rules: body.rules ?? [], executions: [] }
  return created(`/api/v2.0/retentions/${id}`)
}

function countKept({ project, retention }: Found) {
  const [rule] = retention.rules as readonly {
    readonly params?: { readonly latestPushedK?: number }
  }[]
  const kept = rule?.params?.latestPushedK ?? Number.POSITIVE_INFINITY
  return [...project.repositories].map(([repository, { artifacts }]) => ({
    repository,
    status: 'Success',
    total: artifacts.size,
    retained: Math.min(artifacts.size, kept),
  }))
}
