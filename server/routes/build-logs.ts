import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { z } from 'zod'
import { parsePosition } from '#contract/log.ts'
import { nodeStages } from '#contract/stage.ts'
import type { BuildRow } from '../../records/builds.ts'
import { useLogs } from '../../records/logs.ts'
import type { ApiEnv, RequestScope } from '../access/request-scope.ts'
import { stillAllowed } from '../access/still-allowed.ts'
import type { RouteDeps } from '../deps.ts'
import { countStream } from '../metrics/server-metrics.ts'
import { followBuild } from '../logs/follow.ts'
import { whileAllowed } from '../logs/while-allowed.ts'
import { readLines } from '../logs/read-lines.ts'
import { searchLines } from '../logs/search-lines.ts'
import { streamHeaders } from '../logs/sse.ts'
import { streamText } from '../logs/stream-text.ts'
import { writeDownload } from '../logs/write-download.ts'
import { query } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { getBuild } from './get-build.ts'
import { flag, limit } from './paging.ts'

const attempt = z.coerce.number().int().positive().optional()

const downloadQuery = z.object({ ansi: z.enum(['strip', 'keep']).default('strip'), attempt })

const searchQuery = z.object({
  q: z.string().min(1).max(256),
  ignore_case: flag,
  stage: z.enum(nodeStages).optional(),
  attempt,
  cursor: z
    .string()
    .transform(parsePosition)
    .refine((position) => position !== undefined, 'expected the next_cursor of an earlier answer')
    .optional(),
  limit,
})

/** The log of a build: live, as a file, and searched. */
export function buildLogRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>()
    .get('/:id/logs', async (c) => {
      const scope = c.get('scope')
      const { id, project_id: projectId } = await openLogs(scope, c.req.param('id'))
      const from = parsePosition(c.req.header('last-event-id')) ?? { attempt: 1, line: 0 }
      const events = streamText(
        (signal) =>
          countStream(
            deps.metrics,
            whileAllowed(
              followBuild({ ...deps, db: scope.db }, id, from, signal),
              async () => stillAllowed(scope, projectId, 'read'),
              deps.clock,
            ),
          ),
        (err) => deps.log.warn({ err, id }, 'log stream'),
      )
      return c.body(events, 200, streamHeaders)
    })
    .get('/:id/logs/download', compress({ encoding: 'gzip' }), query(downloadQuery), async (c) => {
      const build = await openLogs(c.get('scope'), c.req.param('id'))
      const { ansi, attempt: only } = c.req.valid('query')
      const from = { attempt: only ?? 1, line: 0 }
      const lines = readLines(deps.logs, build.id, from, only ?? build.attempt)
      const text = streamText(
        () => writeDownload(lines, { raw: ansi === 'keep' }),
        (err) => deps.log.warn({ err, id: build.id }, 'log download'),
      )
      return c.body(text, 200, {
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="${build.id}.log"`,
      })
    })
    .get('/:id/logs/search', query(searchQuery), async (c) => {
      const build = await openLogs(c.get('scope'), c.req.param('id'))
      const { q, ignore_case, stage, attempt: only, cursor, limit: size } = c.req.valid('query')
      const from = cursor ?? { attempt: only ?? 1, line: 0 }
      const lines = readLines(deps.logs, build.id, from, only ?? build.attempt)
      const search = { text: q, ignoreCase: ignore_case === true, stage, limit: size }
      return c.json(await searchLines(lines, search))
    })
}

/** @throws Refusal when there is no such build, or its log is no longer kept. */
async function openLogs(scope: RequestScope, id: string): Promise<BuildRow> {
  const build = await getBuild(scope, id, 'read')
  if (await useLogs(scope.db, build.id)) return build
  throw new Refusal('log_dropped', 'nobody has read it for so long that it was deleted')
}
