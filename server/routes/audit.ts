import { Hono } from 'hono'
import { z } from 'zod'
import { projectName } from '#contract/wire/project.ts'
import { checkAudit } from '../../records/audit-chain.ts'
import { type ApiEnv, type RequestScope, requireOperator } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { streamText } from '../logs/stream-text.ts'
import { query } from '../middleware/json-body.ts'
import { exportAudit, listAudit } from '../views/audit-list.ts'
import { getProject } from './get-project.ts'
import { idCursor, limit } from './paging.ts'

const time = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional()

const filter = z.object({
  project: projectName.optional(),
  actor: z.string().max(128).optional(),
  action: z.string().max(64).optional(),
  object: z.string().max(320).optional(),
  since: time,
  until: time,
})

/** What was done, by whom: of a project for its admins, of the whole farm for operators. */
export function auditRoutes({ log }: RouteDeps) {
  return new Hono<ApiEnv>()
    .get('/', query(filter.extend({ cursor: idCursor, limit })), async (c) => {
      const scope = c.get('scope')
      const { project, cursor: before, limit: size, ...rest } = c.req.valid('query')
      const projectId = await projectFor(scope, project)
      return c.json(await listAudit(scope.farm, { ...rest, projectId }, { before, limit: size }))
    })
    .get('/export', query(filter), async (c) => {
      const scope = c.get('scope')
      const { project, ...rest } = c.req.valid('query')
      const projectId = await projectFor(scope, project)
      const lines = streamText(
        (signal) => exportAudit(scope.farm, { ...rest, projectId }, signal),
        (err) => log.warn({ err }, 'audit export'),
      )
      return c.body(lines, 200, { 'content-type': 'application/x-ndjson' })
    })
    .get('/check', async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      return c.json(await checkAudit(scope.farm))
    })
}

async function projectFor(scope: RequestScope, name: string | undefined) {
  if (name !== undefined) return (await getProject(scope, name, 'admin')).id
  requireOperator(scope)
  return undefined
}
