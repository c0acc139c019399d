import { Hono } from 'hono'
import { pushRequest } from '#contract/wire/push.ts'
import { registryLoginRequest } from '#contract/wire/registry-login.ts'
import { askToPush, type PushAsked } from '../../records/pushes.ts'
import type { Breaker } from '../../records/registry-breaker.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import type { AgentEnv } from '../middleware/node.ts'
import { Refusal } from '../refusal.ts'
import { mayPush } from '../pushes/may-push.ts'
import { breakerRules } from '../pushes/push-limits.ts'
import { refuseAttempt } from '../refuse-attempt.ts'
import { logIn } from '../registry/log-in.ts'
import { readRef } from './attempt-ref.ts'

const maxRequestBytes = 128 * 1024

/** How agents come to log in to the registry, whose password they do not have. */
export function agentRegistryRoutes(deps: ServerDeps) {
  return new Hono<AgentEnv>()
    .route('/', pushRoutes(deps))
    .post(
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

function pushRoutes({ db, push, pushLimits, random }: ServerDeps) {
  const rules = {
    breaker: breakerRules,
    choose: (breaker: Breaker, asked: PushAsked) => mayPush(pushLimits, breaker, asked),
  }
  return new Hono<AgentEnv>().post(
    '/builds/:build/attempts/:attempt{[0-9]+}/push',
    limitBody(maxRequestBytes),
    requireJson,
    jsonBody(pushRequest),
    async (c) => {
      const ref = readRef(c.req.param())
      const question = {
        ...ref,
        ...c.req.valid('json'),
        host: push.url.host,
        random: random(),
      }
      const decision = await askToPush(db, question, rules)
      if (decision === undefined) throw await refuseAttempt(db, ref)
      if (decision.state === 'go') return c.json(decision)
      const { reason, retryMs } = decision
      return c.json({ state: 'wait' as const, reason, retry_ms: retryMs })
    },
  )
}
