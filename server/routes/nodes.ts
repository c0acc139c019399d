import { Hono } from 'hono'
import { z } from 'zod'
import { drainRequest } from '#contract/wire/join.ts'
import { drainNode, resumeNode } from '../../records/drained-nodes.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { listNodes, showNode } from '../views/fleet.ts'
import { listNodeImages } from '../views/node-images.ts'
import { languageQuery } from './language.ts'
import { idCursor, limit } from './paging.ts'

const maxBytes = 4096

const listQuery = languageQuery.extend({ cursor: z.string().max(40).optional(), limit })

export function nodeRoutes(deps: ServerDeps) {
  return new Hono()
    .get('/', query(listQuery), async (c) => {
      const { cursor: after, limit: size, lang: language } = c.req.valid('query')
      return c.json(await listNodes(deps.db, { after, limit: size, language }))
    })
    .get('/:id', query(languageQuery), async (c) =>
      c.json(await getNode(deps, c.req.param('id'), c.req.valid('query').lang)),
    )
    .post('/:id/drain', limitBody(maxBytes), requireJson, jsonBody(drainRequest), async (c) => {
      const id = c.req.param('id')
      await drainNode(deps.db, id, c.req.valid('json').reason)
      return c.json(await getNode(deps, id, 'en'))
    })
    .post('/:id/resume', async (c) => {
      const id = c.req.param('id')
      await resumeNode(deps.db, id)
      return c.json(await getNode(deps, id, 'en'))
    })
    .get('/:id/images', query(languageQuery.extend({ cursor: idCursor, limit })), async (c) => {
      const { lang: language, cursor: after, limit: size } = c.req.valid('query')
      const { id } = await getNode(deps, c.req.param('id'), language)
      return c.json(await listNodeImages(deps.db, id, { after, limit: size, language }))
    })
}

async function getNode({ db }: ServerDeps, id: string, language: 'en' | 'zh') {
  const node = await showNode(db, id, language)
  if (node === undefined) throw new Refusal('not_found', `there is no node ${id.slice(0, 40)}`)
  return node
}
