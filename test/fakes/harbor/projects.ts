import {
  created,
  done,
  failure,
  json,
  notFound,
  readBody,
  type Call,
  type Reply,
  type Route,
} from './reply.ts'
import { findProject, type HarborState, type Project } from './state.ts'
import { refuse } from './who.ts'
import { quotaOf } from './quotas.ts'

const namePattern = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/

/** Projects (7). */
export function projectRoutes(state: HarborState): readonly Route[] {
  const guarded =
    (action: string, answer: (call: Call, project: Project) => Reply): Route['answer'] =>
    (call, [name = '']) => {
      const project = findProject(state, name)
      const refused = refuse(state, call, {
        project: project?.name ?? name,
        resource: 'project',
        action,
      })
      if (refused !== undefined) return refused
      return project === undefined ? notFound(`project ${name}`) : answer(call, project)
    }
  return [
    { method: 'POST', pattern: /^\/projects$/, answer: (call) => createProject(state, call) },
    {
      method: 'GET',
      pattern: /^\/projects\/([^/]+)$/,
      answer: guarded('read', (_, project) => json(describe(project))),
    },
    {
      method: 'PUT',
      pattern: /^\/projects\/([^/]+)$/,
      answer: guarded('update', (call, project) => {
        // Values are not looked at: whatever it is, it is stored.
        Object.assign(project.metadata, readBody(call)['metadata'])
        return done
      }),
    },
    {
      method: 'DELETE',
      pattern: /^\/projects\/([^/]+)$/,
      answer: guarded('delete', (_, project) => {
        if (project.repositories.size > 0) {
          return failure(
            412,
            'PRECONDITION',
            `the project contains repositories, can not be deleted`,
          )
        }
        state.projects.delete(project.id)
        for (const [id, { projectId }] of state.robots)
          if (projectId === project.id) state.robots.delete(id)
        return done
      }),
    },
    {
      method: 'GET',
      pattern: /^\/projects\/([^/]+)\/summary$/,
      answer: guarded('read', (_, project) =>
        json({ repo_count: project.repositories.size, quota: quotaOf(project) }),
      ),
    },
  ]
}

function createProject(state: HarborState, call: Call): Reply {
  const refused = refuse(state, call, { resource: 'project', action: 'create' })
  if (refused !== undefined) return refused
  if (state.readOnly) return failure(403, 'DENIED', 'The system is in read only mode')
  const { project_name: name, metadata = {}, storage_limit: limit = -1 } = readBody(call)
  if (typeof name !== 'string' || !namePattern.test(name))
    return failure(400, 'BAD_REQUEST', `project name ${String(name)} is not valid`)
  if (findProject(state, name) !== undefined)
    return failure(409, 'CONFLICT', `The project named ${name} already exists`)
  const id = state.nextId()
  state.projects.set(id, {
    id,
    name,
    metadata: { public: 'false', ...(metadata as Record<string, string>) },
    repositories: new Map(),
    blobs: new Map(),
    hard: Number(limit),
    quotaId: state.nextId(),
    immutable: [],
    webhooks: new Map(),
    retention: undefined,
  })
  return created(`/api/v2.0/projects/${id}`)
}

function describe({ id, name, metadata, repositories, retention }: Project) {
  return {
    project_id: id,
    name,
    repo_count: repositories.size,
    metadata: { ...metadata, ...(retention && { retention_id: String(retention.id) }) },
  }
}
