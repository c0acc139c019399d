import { Hono } from 'hono'
import { z } from 'zod'
import { cordonRequest, drainRequest } from '#contract/wire/join.ts'
import { cudaOfDriver } from '../../cuda/tables/toolkit-drivers.ts'
import { cordonNode, drainNode, resumeNode, uncordonNode } from '../../records/closed-nodes.ts'
import { readNodeGpus } from '../../records/node-gpus.ts'
import { findNode } from '../../records/nodes.ts'
import { removeNode } from '../../records/remove-node.ts'
import type { Scope } from '../../records/scope.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { listNodes, showNode } from '../views/fleet.ts'
import { listChanges } from '../views/node-changes.ts'
import { listNodeImages } from '../views/node-images.ts'
import { showUpgrade } from '../views/node-upgrade.ts'
import { languageQuery } from './language.ts'
import { idCursor, limit } from './paging.ts'

const maxBytes = 4096
const pageQuery = languageQuery.extend({ cursor: idCursor, limit })
const driver = z
  .string()
  .regex(/^\d{3}(\.\d{1,3}){1,2}$/, {
    error: 'expected a version of the driver in full, such as 580.65.06',
    abort: true,
  })
  .refine((version) => cudaOfDriver(version) !== undefined, 'this driver is too old to be judged')
const flag = z.enum(['true', 'false']).default('false')
const listQuery = languageQuery.extend({
  cursor: z.string().max(40).optional(),
  limit,
  removed: flag,
})

export function nodeRoutes() {
  return new Hono<ApiEnv>()
    .get('/', query(listQuery), async (c) => {
      const { cursor: after, limit: size, lang: language, removed } = c.req.valid('query')
      const filter = { after, limit: size, language, removed: removed === 'true' }
      return c.json(await listNodes(c.get('scope'), filter))
    })
    .get('/:id', query(languageQuery), async (c) =>
      c.json(await getWhole(c.get('scope'), c.req.param('id'), c.req.valid('query').lang)),
    )
    .route('/', closingRoutes())
    .get('/:id/images', query(pageQuery), async (c) => {
      const { lang: language, cursor: after, limit: size } = c.req.valid('query')
      const scope = c.get('scope')
      const { id } = await getNode(scope, c.req.param('id'))
      return c.json(await listNodeImages(scope, id, { after, limit: size, language }))
    })
    .get('/:id/changes', query(pageQuery), async (c) => {
      const { lang: language, cursor: before, limit: size } = c.req.valid('query')
      const scope = c.get('scope')
      const { id } = await getNode(scope, c.req.param('id'))
      return c.json(await listChanges(scope.db, id, { before, limit: size }, language))
    })
    .get('/:id/upgrade', query(pageQuery.extend({ driver })), async (c) => {
      const { lang: language, cursor: after, limit: size, driver: to } = c.req.valid('query')
      const scope = c.get('scope')
      // It tells of the whole library.
      requireOperator(scope)
      const node = await getNode(scope, c.req.param('id'))
      const gpus = await readNodeGpus(scope.db, node.id)
      if (gpus.length === 0) throw new Refusal('node_without_gpu')
      return c.json(
        await showUpgrade(scope.farm, node, gpus, { driver: to, after, limit: size, language }),
      )
    })
}

/** What operators decide about what a node gets. */
function closingRoutes() {
  const accept = [limitBody(maxBytes), requireJson] as const
  return new Hono<ApiEnv>()
    .use('/:id/:decision{drain|resume|cordon|uncordon}', async (c, next) => {
      requireOperator(c.get('scope'))
      await next()
    })
    .post('/:id/drain', ...accept, jsonBody(drainRequest), async (c) => {
      const id = c.req.param('id')
      await drainNode(c.get('scope'), id, c.req.valid('json').reason)
      return c.json(await getWhole(c.get('scope'), id, 'en'))
    })
    .post('/:id/resume', async (c) => {
      const id = c.req.param('id')
      await resumeNode(c.get('scope'), id)
      return c.json(await getWhole(c.get('scope'), id, 'en'))
    })
    .post('/:id/cordon', ...accept, jsonBody(cordonRequest), async (c) => {
      const id = c.req.param('id')
      await cordonNode(c.get('scope'), id, c.req.valid('json').reason)
      return c.json(await getWhole(c.get('scope'), id, 'en'))
    })
    .post('/:id/uncordon', async (c) => {
      const id = c.req.param('id')
      await uncordonNode(c.get('scope'), id)
      return c.json(await getWhole(c.get('scope'), id, 'en'))
    })
    .delete('/:id', query(z.object({ force: flag })), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const id = c.req.param('id')
      const removed = await removeNode(scope, id, c.req.valid('query').force === 'true')
      if (removed === 'unknown') throw unknownNode(id)
      if (removed === 'removed') return c.body(null, 204)
      const { builds, environments } = removed
      const detail = `it runs ${builds} builds and ${environments} environments: drain it and wait, or remove it with force`
      throw new Refusal('node_busy', detail)
    })
}

const unknownNode = (id: string) => new Refusal('not_found', `there is no node ${id.slice(0, 40)}`)

async function getWhole(scope: Scope, id: string, language: 'en' | 'zh') {
  const node = await showNode(scope, id, language)
  if (node === undefined) throw unknownNode(id)
  return node
}

async function getNode({ db }: Scope, id: string) {
  const node = await findNode(db, id)
  if (node === undefined) throw unknownNode(id)
  return node
}
