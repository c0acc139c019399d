import { Hono } from 'hono'
import { z } from 'zod'
import {
  changeProject,
  createProject as createSchema,
  projectName,
} from '#contract/wire/project.ts'
import { createProject, setPolicies } from '../../records/projects.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { listProjects, showProject, showWhole } from '../views/project-list.ts'
import { getProject } from './get-project.ts'
import { requireScanner } from '../scans/check-scanner.ts'
import { limit } from './paging.ts'

const maxBytes = 4096

const listQuery = z.object({ cursor: projectName.optional(), limit })

export function projectRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>()
    .get('/', query(listQuery), async (c) => {
      const { cursor: after, limit: size } = c.req.valid('query')
      return c.json(await listProjects(c.get('scope'), { after, limit: size }))
    })
    .post('/', limitBody(maxBytes), requireJson, jsonBody(createSchema), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const { name } = c.req.valid('json')
      const created = await createProject(scope, name)
      if (created === undefined) {
        throw new Refusal('project_exists', `there is a project "${name}" already`)
      }
      return c.json(showProject(created), 201)
    })
    .get('/:project', async (c) => {
      const scope = c.get('scope')
      const project = await getProject(scope, c.req.param('project'), 'read')
      return c.json(await showWhole({ ...deps, db: scope.db }, project))
    })
    .patch('/:project', limitBody(maxBytes), requireJson, jsonBody(changeProject), async (c) => {
      const scope = c.get('scope')
      const project = await getProject(scope, c.req.param('project'), 'admin')
      const change = c.req.valid('json')
      const { gpu_policy: policy } = change
      if (policy?.mode === 'allow_unverified' && !deps.allowUnverified) {
        throw refuseField('unverified_off', 'gpu_policy.mode', 'the operator has to allow it')
      }
      await requireScanner({ ...deps, db: scope.db }, change.scan_policy)
      const changed = await setPolicies(scope, project, change)
      return c.json(await showWhole({ ...deps, db: scope.db }, changed))
    })
}
