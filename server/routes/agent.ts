import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { z } from 'zod'
import { heartbeatEvery, type RegisterNode } from '#contract/node.ts'
import {
  heartbeat,
  incarnationHeader,
  leave,
  namingProtocol,
  nodeStage,
  registerNode as registerSchema,
} from '#contract/wire/node.ts'
import { stepReport } from '#contract/wire/step.ts'
import { needsContext } from '../../records/contexts.ts'
import { readLeftovers } from '../../records/gpu-leases.ts'
import { releaseJoined } from '../../records/joined-builds.ts'
import { admitLog } from '../../records/logs.ts'
import { endLease, registerNode, saveDiskLow, saveVolumes } from '../../records/nodes.ts'
import { beginStage } from '../../records/stages.ts'
import { saveSteps } from '../../records/steps.ts'
import type { ServerDeps } from '../deps.ts'
import { sendTar } from '../contexts/send-tar.ts'
import { createRenewInGroups } from '../fleet/renew-in-groups.ts'
import { adviseUpgrade, servesProtocol } from '../joining/serves-protocol.ts'
import { readAdded } from '../logs/read-added.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import {
  type AgentEnv,
  incarnationOf,
  needsCredential,
  requireOwnAttempt,
  requireSelf,
} from '../middleware/node.ts'
import { Refusal } from '../refusal.ts'
import { refuseAttempt } from '../refuse-attempt.ts'
import { readPlan } from '../views/build-plan.ts'
import { agentEnvironmentRoutes } from './agent-environments.ts'
import { agentGpuRoutes } from './agent-gpus.ts'
import { agentRegistryRoutes } from './agent-registry.ts'
import { agentSaveRoutes } from './agent-saves.ts'
import { readRef } from './attempt-ref.ts'
import { credentialRoutes } from './joining.ts'

const isRemoved = 'an operator has taken the node out of the farm'
const maxBeatBytes = 4 * 1024
const maxRegisterBytes = 256 * 1024
const maxLogBytes = 8 * 1024 * 1024
const maxStepsBytes = 4 * 1024 * 1024
const logQuery = z.object({ start: z.coerce.number().int().nonnegative().optional() })

/** What agents call. Everything about an attempt is refused once a newer one exists. */
export function agentRoutes(deps: ServerDeps) {
  return new Hono<AgentEnv & { Bindings: HttpBindings }>()
    .use('/nodes/:id/*', requireSelf(deps))
    .use('/builds/:build/attempts/:attempt{[0-9]+}/*', requireOwnAttempt(deps))
    .post('/nodes/:id/leave', limitBody(maxBeatBytes), async (c) => {
      const { stopped = false } = readOptional(leave, await c.req.text())
      await endLease(deps.db, c.req.param('id'), stopped)
      return c.body(null, 204)
    })
    .post('/builds/:build/attempts/:attempt{[0-9]+}/stages/:stage', async (c) => {
      const ref = readRef(c.req.param())
      const { data: stage } = nodeStage.safeParse(c.req.param('stage'))
      if (stage === undefined) throw new Refusal('not_found')
      const [plan, begun, nextLine] = await Promise.all([
        readPlan(deps, ref),
        beginStage(deps.db, { ...ref, stage }),
        deps.logs.readNext(ref),
      ])
      if (plan === undefined || !begun) throw await refuseAttempt(deps.db, ref)
      if (stage === 'verifying') await releaseJoined(deps.db, ref.buildId)
      return c.json({ ...plan, next_line: nextLine })
    })
    .get('/builds/:build/attempts/:attempt{[0-9]+}/contexts/:digest', async (c) => {
      const { digest, ...ref } = c.req.param()
      if (!(await needsContext(deps.db, readRef(ref), digest))) throw new Refusal('stale_attempt')
      await using file = await deps.contexts.open(digest)
      if (file === undefined) throw new Refusal('not_found')
      await sendTar(c.env.outgoing, { file, from: firstByte(c.req.header('range')) })
      return RESPONSE_ALREADY_SENT
    })
    .post(
      '/builds/:build/attempts/:attempt{[0-9]+}/logs',
      limitBody(maxLogBytes),
      query(logQuery),
      async (c) => {
        const ref = readRef(c.req.param())
        const added = await readAdded(c.req.raw, c.req.valid('query').start)
        const next = (await admitLog(deps.db, ref)) ? await deps.logs.append(ref, added) : undefined
        if (next === undefined) throw new Refusal('stale_attempt')
        deps.metrics.logBytes.inc(added.bytes.length)
        return c.json({ next })
      },
    )
    .route('/', registerRoutes(deps))
    .route('/', heartbeatRoutes(deps))
    .route('/', stepRoutes(deps))
    .route('/', agentEnvironmentRoutes(deps))
    .route('/', agentGpuRoutes(deps))
    .route('/', agentRegistryRoutes(deps))
    .route('/', agentSaveRoutes(deps))
    .route('/', credentialRoutes(deps))
}

function registerRoutes(deps: ServerDeps) {
  return new Hono<AgentEnv>().post(
    '/nodes',
    limitBody(maxRegisterBytes),
    requireJson,
    jsonBody(registerSchema),
    async (c) => {
      const node = c.req.valid('json')
      if (!servesProtocol(node.protocol)) {
        throw new Refusal('upgrade_required', adviseUpgrade(node.protocol))
      }
      if (node.inventory.simulated === true && !deps.allowSimulated) {
        throw new Refusal('simulated_off')
      }
      await requireCaller(deps, c.get('node'), node)
      if (node.protocol >= namingProtocol && incarnationOf(c) !== node.incarnation) {
        throw new Refusal('invalid_request', `${incarnationHeader} names another incarnation`)
      }
      const { leaseMs } = deps
      const registered = await registerNode(deps.db, node, leaseMs)
      if (registered === 'shut_out') throw new Refusal('unauthenticated')
      if (registered === 'removed') {
        const object = node.node_id
        await deps.tellRefusal({ actor: 'unknown', object, because: isRemoved })
        throw new Refusal('unauthenticated', `${isRemoved}; it comes back by joining anew`)
      }
      if (registered === 'replaced') throw new Refusal('node_replaced')
      return c.json({
        heartbeat_ms: heartbeatEvery(leaseMs),
        lease_ms: leaseMs,
        leftover_gpus: await readLeftovers(deps.db, node.node_id),
      })
    },
  )
}

/** Who registers is the node itself. */
async function requireCaller(
  { nodeAuth, tellRefusal }: ServerDeps,
  caller: string | undefined,
  { node_id: nodeId }: RegisterNode,
): Promise<void> {
  const isOther = caller === undefined ? await nodeAuth.hasCredential(nodeId) : caller !== nodeId
  if (isOther) {
    const because = caller === undefined ? needsCredential : 'another node'
    await tellRefusal({ actor: caller ?? 'unknown', object: nodeId, because })
    throw new Refusal('unauthenticated')
  }
}

function heartbeatRoutes(deps: ServerDeps) {
  const renew = createRenewInGroups(deps.db, deps.leaseMs)
  return new Hono().post('/nodes/:id/heartbeat', limitBody(maxBeatBytes), async (c) => {
    const nodeId = c.req.param('id')
    const isKnown = await renew({ nodeId, incarnation: incarnationOf(c) })
    if (!isKnown) throw new Refusal('not_found')
    const { disk_low: diskLow, volumes } = readOptional(heartbeat, await c.req.text())
    if (diskLow !== undefined) await saveDiskLow(deps.db, nodeId, diskLow)
    if (volumes !== undefined) await saveVolumes(deps.db, nodeId, volumes)
    return c.json({ lease_ms: deps.leaseMs })
  })
}

function stepRoutes(deps: ServerDeps) {
  return new Hono().post(
    '/builds/:build/attempts/:attempt{[0-9]+}/steps',
    limitBody(maxStepsBytes),
    requireJson,
    jsonBody(stepReport),
    async (c) => {
      const ref = readRef(c.req.param())
      if (!(await saveSteps(deps.db, ref, c.req.valid('json')))) {
        throw new Refusal('stale_attempt')
      }
      return c.body(null, 204)
    },
  )
}

/** Most heartbeats have no body, and nothing of older agents. */
function readOptional<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(text === '' ? {} : JSON.parse(text))
  } catch {
    throw new Refusal('invalid_request', 'the body is not understood')
  }
}

/** Agents ask for the rest of a context that broke off, and for nothing else. */
function firstByte(range: string | undefined): number {
  return Number(/^bytes=(\d{1,15})-$/.exec(range ?? '')?.[1] ?? 0)
}
