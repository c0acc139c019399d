import { Hono } from 'hono'
import type { EnvironmentRef, WantedImage } from '#contract/environment.ts'
import { environmentTold, nodeEnvironments } from '#contract/wire/environment.ts'
import { registryLoginRequest } from '#contract/wire/registry-login.ts'
import { beginStart, tellEnvironment } from '../../records/environment-starts.ts'
import { reconcileNode } from '../../records/environment-upkeep.ts'
import { nextAhead, noteAhead } from '../../records/images-ahead.ts'
import type { ServerDeps } from '../deps.ts'
import { readEnvironmentPlan } from '../environments/read-environment-plan.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import type { AgentEnv } from '../middleware/node.ts'
import { requireOwnStart } from '../middleware/own-start.ts'
import { Refusal } from '../refusal.ts'
import { logInForEnvironment, logInForImage } from '../registry/log-in.ts'

const maxRequestBytes = 128 * 1024
const maxListBytes = 2 * 1024 * 1024
const path = '/environments/:environment/starts/:start{[0-9]+}' as const

/** What agents call for environments. Everything about a start is refused once there is a later one. */
export function agentEnvironmentRoutes(deps: ServerDeps) {
  const { db } = deps
  const body = [limitBody(maxRequestBytes), requireJson] as const
  return new Hono<AgentEnv>()
    .use(`${path}/*`, requireOwnStart(deps))
    .post(`${path}/begin`, async (c) => {
      const ref = readStart(c.req.param())
      const plan = await readEnvironmentPlan(deps, ref)
      if (plan === undefined || !(await beginStart(db, ref))) throw new Refusal('stale_start')
      return c.json(plan)
    })
    .post(`${path}/state`, ...body, jsonBody(environmentTold), async (c) => {
      if (!(await tellEnvironment(db, readStart(c.req.param()), c.req.valid('json')))) {
        throw new Refusal('stale_start')
      }
      return c.body(null, 204)
    })
    .post(`${path}/registry-login`, ...body, jsonBody(registryLoginRequest), async (c) => {
      const { scopes } = c.req.valid('json')
      const login = await logInForEnvironment(deps, readStart(c.req.param()), scopes)
      return c.json(login, 200, { 'cache-control': 'no-store' })
    })
    .post(
      '/nodes/:id/environments',
      limitBody(maxListBytes),
      requireJson,
      jsonBody(nodeEnvironments),
      async (c) => {
        const nodeId = c.req.param('id')
        const told = c.req.valid('json')
        const wanted = await reconcileNode(db, nodeId, told)
        if (told.image !== undefined) await noteAhead(db, nodeId, told.image)
        const image = await readImageAhead(deps, nodeId)
        return c.json({ ...wanted, ...(image && { image }) })
      },
    )
    .post(
      '/nodes/:id/images/:digest/registry-login',
      ...body,
      jsonBody(registryLoginRequest),
      async (c) => {
        const { id, digest } = c.req.param()
        const { scopes } = c.req.valid('json')
        const login = await logInForImage(deps, { nodeId: id, digest }, scopes)
        return c.json(login, 200, { 'cache-control': 'no-store' })
      },
    )
}

/** What a node is to fetch, before anybody starts from it. */
async function readImageAhead(
  { db, push, imagesAhead }: ServerDeps,
  nodeId: string,
): Promise<WantedImage | undefined> {
  if (imagesAhead.mode === 'off') return undefined
  const next = await nextAhead(db, nodeId, imagesAhead.nodes)
  if (next === undefined) return undefined
  const { project, repository, digest, size: bytes } = next
  const registry = { host: push.url.host, repository: `${push.prefix}/${repository}` }
  return { project, registry, digest, bytes }
}

/** The start that the path of an agent's call names. */
export function readStart({
  environment,
  start,
}: {
  environment: string
  start: string
}): EnvironmentRef {
  return { environmentId: environment, start: Number(start) }
}
