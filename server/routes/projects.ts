import { Hono } from 'hono'
import { z } from 'zod'
import { createProject as createSchema, projectName } from '#contract/wire/project.ts'
import { createProject } from '../../records/projects.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { listProjects, showProject } from '../views/project-list.ts'
import { limit } from './paging.ts'

const maxBytes = 4096

const listQuery = z.object({ cursor: projectName.optional(), limit })

export function projectRoutes(deps: ServerDeps) {
  return new Hono()
    .get('/', query(listQuery), async (c) => {
      const { cursor: after, limit: size } = c.req.valid('query')
      return c.json(await listProjects(deps.db, { after, limit: size }))
    })
    .post('/', limitBody(maxBytes), requireJson, jsonBody(createSchema), async (c) => {
      const { name } = c.req.valid('json')
      const created = await createProject(deps.db, name)
      if (created === undefined) {
        throw new Refusal('project_exists', `there is a project "${name}" already`)
      }
      return c.json(showProject(created), 201)
    })
}
