import { createMiddleware } from 'hono/factory'
import type { RateKind, TakeTurn } from '../access/rates.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import { Refusal } from '../refusal.ts'

/** Holds back who calls too often with one token or session. Who needs neither is not counted. */
export function limitRate(takeTurn: TakeTurn, kind: RateKind) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { token, session } = c.get('scope').caller
    const by = token ?? session
    const seconds = by && takeTurn(by.id, kind)
    if (seconds !== undefined) {
      const detail = `too many ${kind} with this ${token ? 'token' : 'session'}; again in ${seconds} s`
      throw new Refusal('rate_limited', detail, undefined, seconds)
    }
    await next()
  })
}
