import { Hono } from 'hono'
import { z } from 'zod'
import { parsePosition } from '#contract/log.ts'
import { finalStatuses } from '#contract/stage.ts'
import { projectName } from '#contract/wire/project.ts'
import { type BuildRow, findBuild, requestCancel } from '../../records/builds.ts'
import { useLogs } from '../../records/logs.ts'
import type { ServerDeps } from '../deps.ts'
import { followBuild } from '../logs/follow.ts'
import { streamText } from '../logs/stream-text.ts'
import { query } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { showBuild, summarise } from '../views/build-detail.ts'
import { listBuilds } from '../views/build-list.ts'
import { limit } from './paging.ts'

const listQuery = z.object({
  project: projectName.optional(),
  name: z.string().max(256).optional(),
  status: z.enum(['building', ...finalStatuses]).optional(),
  cursor: z.string().max(40).optional(),
  limit,
})

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  // Said here, so that the HTTP server sends the head at once instead of waiting for a body.
  'transfer-encoding': 'chunked',
}

export function buildRoutes(deps: ServerDeps) {
  return new Hono()
    .get('/', query(listQuery), async (c) => {
      const { cursor: before, limit: size, ...filter } = c.req.valid('query')
      return c.json(await listBuilds(deps.db, { ...filter, before, limit: size }))
    })
    .get('/:id', async (c) => {
      const build = await getBuild(deps, c.req.param('id'))
      return c.json(await showBuild(deps.db, build, deps.temporalUi))
    })
    .get('/:id/logs', async (c) => {
      const { id } = await getBuild(deps, c.req.param('id'))
      await requireLogs(deps, id)
      const from = parsePosition(c.req.header('last-event-id')) ?? { attempt: 1, line: 0 }
      const events = streamText(
        (signal) => followBuild(deps, id, from, signal),
        (err) => deps.log.warn({ err, id }, 'log stream'),
      )
      return c.body(events, 200, streamHeaders)
    })
    .post('/:id/cancel', async (c) => {
      const id = c.req.param('id')
      const answer = await requestCancel(deps.db, id)
      if (answer === 'unknown')
        throw new Refusal('not_found', `there is no build ${id.slice(0, 40)}`)
      if (answer === 'final') throw new Refusal('already_final')
      if (answer === 'published') throw new Refusal('too_late')
      return c.json(summarise(await getBuild(deps, id)), 202)
    })
}

async function requireLogs(deps: ServerDeps, id: string): Promise<void> {
  if (await useLogs(deps.db, id)) return
  throw new Refusal('log_dropped', 'nobody has read it for so long that it was deleted')
}

async function getBuild(deps: ServerDeps, id: string): Promise<BuildRow> {
  const build = await findBuild(deps.db, id)
  if (build === undefined) throw new Refusal('not_found', `there is no build ${id.slice(0, 40)}`)
  return build
}
