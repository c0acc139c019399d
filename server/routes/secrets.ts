import { Hono } from 'hono'
import { z } from 'zod'
import { maxPutSecretBytes, putSecret, secretName } from '#contract/wire/secret.ts'
import { findProject, type ProjectRow } from '../../records/projects.ts'
import { deleteSecret } from '../../records/secrets.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, parameters, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { listSecrets, showSecret } from '../views/secret-list.ts'
import { limit } from './paging.ts'

const listQuery = z.object({ cursor: secretName.optional(), limit })
const named = z.object({ project: z.string(), name: secretName })

/** Secrets of a project. What was put is never answered again. */
export function secretRoutes(deps: ServerDeps) {
  return new Hono()
    .get('/:project/secrets', query(listQuery), async (c) => {
      const { id: projectId } = await getProject(deps, c.req.param('project'))
      const { cursor: after, limit: size } = c.req.valid('query')
      return c.json(await listSecrets(deps.db, { projectId, after, limit: size }))
    })
    .put(
      '/:project/secrets/:name',
      limitBody(maxPutSecretBytes),
      requireJson,
      parameters(named),
      jsonBody(putSecret),
      async (c) => {
        const { vault } = deps
        if (vault === undefined) throw new Refusal('secrets_off')
        const { project, name } = c.req.valid('param')
        const value = c.req.valid('json')
        const { isNew, ...stored } = await vault.put(await getProject(deps, project), name, value)
        value.fill(0)
        return c.json(showSecret(stored), isNew ? 201 : 200)
      },
    )
    .delete('/:project/secrets/:name', parameters(named), async (c) => {
      const { project, name } = c.req.valid('param')
      if (!(await deleteSecret(deps.db, await getProject(deps, project), name))) {
        throw new Refusal('not_found', `there is no secret "${name}" in "${project}"`)
      }
      return c.body(null, 204)
    })
}

async function getProject({ db }: ServerDeps, name: string): Promise<ProjectRow> {
  const project = await findProject(db, name)
  if (project === undefined) throw new Refusal('not_found', `there is no project "${name}"`)
  return project
}
