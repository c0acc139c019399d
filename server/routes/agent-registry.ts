import { Hono } from 'hono'
import { registryLoginRequest } from '#contract/wire/registry-login.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import type { AgentEnv } from '../middleware/node.ts'
import { Refusal } from '../refusal.ts'
import { logIn } from '../registry/log-in.ts'
import { readRef } from './attempt-ref.ts'

const maxRequestBytes = 128 * 1024

/** How agents come to log in to the registry, whose password they do not have. */
export function agentRegistryRoutes(deps: ServerDeps) {
  return new Hono<AgentEnv>().post(
    '/builds/:build/attempts/:attempt{[0-9]+}/registry-login',
    limitBody(maxRequestBytes),
    requireJson,
    jsonBody(registryLoginRequest),
    async (c) => {
      // Agents of the version before never ask: they are given the password with the plan.
      if (c.get('node') === undefined) throw new Refusal('unauthenticated')
      const login = await logIn(deps, readRef(c.req.param()), c.req.valid('json').scopes)
      return c.json(login, 200, { 'cache-control': 'no-store' })
    },
  )
}
