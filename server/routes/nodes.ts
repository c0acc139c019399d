import { Hono } from 'hono'
import { z } from 'zod'
import { drainRequest } from '#contract/wire/join.ts'
import { cudaOfDriver } from '../../cuda/tables/toolkit-drivers.ts'
import { drainNode, resumeNode } from '../../records/drained-nodes.ts'
import { readNodeGpus } from '../../records/node-gpus.ts'
import { findNode } from '../../records/nodes.ts'
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
const listQuery = languageQuery.extend({ cursor: z.string().max(40).optional(), limit })

export function nodeRoutes() {
  return new Hono<ApiEnv>()
    .get('/', query(listQuery), async (c) => {
      const { cursor: after, limit: size, lang: language } = c.req.valid('query')
      return c.json(await listNodes(c.get('scope'), { after, limit: size, language }))
    })
    .get('/:id', query(languageQuery), async (c) =>
      c.json(await getWhole(c.get('scope'), c.req.param('id'), c.req.valid('query').lang)),
    )
    .post('/:id/drain', limitBody(maxBytes), requireJson, jsonBody(drainRequest), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const id = c.req.param('id')
      await drainNode(scope, id, c.req.valid('json').reason)
      return c.json(await getWhole(scope, id, 'en'))
    })
    .post('/:id/resume', async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const id = c.req.param('id')
      await resumeNode(scope, id)
      return c.json(await getWhole(scope, id, 'en'))
    })
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
