import {
  done,
  failure,
  notFound,
  page,
  readBody,
  type Call,
  type Reply,
  type Route,
} from './reply.ts'
import { type HarborState, type Project, usedBytes } from './state.ts'
import { refuse } from './who.ts'

/** Quotas (7). */
export function quotaRoutes(state: HarborState): readonly Route[] {
  return [
    { method: 'GET', pattern: /^\/quotas$/, answer: (call) => listQuotas(state, call) },
    {
      method: 'PUT',
      pattern: /^\/quotas\/(\d+)$/,
      answer: (call, [id = '']) => changeQuota(state, call, Number(id)),
    },
  ]
}

export const quotaOf = (project: Project) => ({
  id: project.quotaId,
  hard: { storage: project.hard },
  used: { storage: usedBytes(project) },
})

function listQuotas(state: HarborState, call: Call): Reply {
  const refused = refuse(state, call, { resource: 'quota', action: 'list' })
  if (refused !== undefined) return refused
  const project = state.projects.get(Number(call.query.get('reference_id')))
  return page(call, project === undefined ? [] : [quotaOf(project)])
}

function changeQuota(state: HarborState, call: Call, id: number): Reply {
  const refused = refuse(state, call, { resource: 'quota', action: 'update' })
  if (refused !== undefined) return refused
  const project = [...state.projects.values()].find(({ quotaId }) => quotaId === id)
  const storage = (readBody(call)['hard'] as { storage?: number } | undefined)?.storage ?? 0
  if (project === undefined) return notFound(`quota ${id}`)
  if (storage === 0) return failure(400, 'BAD_REQUEST', 'the quota must be greater than 0 or -1')
  project.hard = storage
  return done
}
