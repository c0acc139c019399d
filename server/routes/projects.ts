import { Hono } from 'hono'
import { z } from 'zod'
import {
  changeProject,
  createProject as createSchema,
  projectName,
} from '#contract/wire/project.ts'
import { createProject, findProject, type ProjectRow, setPolicies } from '../../records/projects.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { listProjects, showProject, showWhole } from '../views/project-list.ts'
import { requireScanner } from '../scans/check-scanner.ts'
import { limit } from './paging.ts'

const maxBytes = 4096

const listQuery = z.object({ cursor: projectName.optional(), limit })

async function getProject({ db }: ServerDeps, name: string): Promise<ProjectRow> {
  const project = await findProject(db, name)
  if (project === undefined) throw new Refusal('not_found', `there is no project "${name}"`)
  return project
}

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
    .get('/:project', async (c) => {
      const project = await getProject(deps, c.req.param('project'))
      return c.json(await showWhole(deps, project))
    })
    .patch('/:project', limitBody(maxBytes), requireJson, jsonBody(changeProject), async (c) => {
      const project = await getProject(deps, c.req.param('project'))
      const change = c.req.valid('json')
      const { gpu_policy: policy } = change
      if (policy?.mode === 'allow_unverified' && !deps.allowUnverified) {
        throw refuseField('unverified_off', 'gpu_policy.mode', 'the operator has to allow it')
      }
      await requireScanner(deps, change.scan_policy)
      return c.json(await showWhole(deps, await setPolicies(deps.db, project, change)))
    })
}
