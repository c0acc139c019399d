import { Hono } from 'hono'
import { heartbeatMs, leaseMs } from '#contract/node.ts'
import type { AttemptRef } from '#contract/build.ts'
import { contextDigest } from '#contract/wire/context.ts'
import { logChunk } from '#contract/wire/log.ts'
import { agentProtocol, registerNode as registerSchema } from '#contract/wire/node.ts'
import { appendLog } from '../../records/logs.ts'
import { endLease, registerNode, renewLease } from '../../records/nodes.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { readPlan } from '../views/build-plan.ts'

const maxRegisterBytes = 256 * 1024
const maxLogBytes = 8 * 1024 * 1024

/** What agents call. Everything about an attempt is refused once a newer one exists. */
export function agentRoutes(deps: ServerDeps) {
  return new Hono()
    .post(
      '/nodes',
      limitBody(maxRegisterBytes),
      requireJson,
      jsonBody(registerSchema),
      async (c) => {
        const node = c.req.valid('json')
        if (node.protocol > agentProtocol || node.protocol < agentProtocol - 1) {
          throw new Refusal('upgrade_required', `this server speaks protocol ${agentProtocol}`)
        }
        await registerNode(deps.db, node, leaseMs)
        return c.json({ heartbeat_ms: heartbeatMs, lease_ms: leaseMs })
      },
    )
    .post('/nodes/:id/heartbeat', async (c) => {
      if (!(await renewLease(deps.db, c.req.param('id'), leaseMs))) throw new Refusal('not_found')
      return c.json({ lease_ms: leaseMs })
    })
    .post('/nodes/:id/leave', async (c) => {
      await endLease(deps.db, c.req.param('id'))
      return c.body(null, 204)
    })
    .get('/builds/:build/attempts/:attempt{[0-9]+}/plan', async (c) => {
      const plan = await readPlan(deps.db, readRef(c.req.param()), deps.push)
      if (plan === undefined) throw new Refusal('stale_attempt')
      return c.json(plan)
    })
    .get('/contexts/:digest', async (c) => {
      const tar = await deps.contexts.read(contextDigest.parse(c.req.param('digest')))
      if (tar === undefined) throw new Refusal('not_found')
      return c.body(tar, 200, { 'content-type': 'application/x-tar' })
    })
    .post(
      '/builds/:build/attempts/:attempt{[0-9]+}/logs',
      limitBody(maxLogBytes),
      requireJson,
      jsonBody(logChunk),
      async (c) => {
        const appended = await appendLog(deps.db, readRef(c.req.param()), c.req.valid('json'))
        if (appended.kind === 'stale') throw new Refusal('stale_attempt')
        return c.json({ next: appended.next })
      },
    )
}

function readRef({ build, attempt }: { build: string; attempt: string }): AttemptRef {
  return { buildId: build, attempt: Number(attempt) }
}
