import { challenge } from './registry-access.ts'
import { json, type Call, type Reply, type Route } from './reply.ts'
import type { HarborState } from './state.ts'
import { grantScope, identify, issueToken } from './who.ts'

/** The token service and the entry of `/v2/` (8). */
export function tokenRoutes(state: HarborState): readonly Route[] {
  return [
    { method: 'GET', pattern: /^\/service\/token$/, answer: (call) => token(state, call) },
    { method: 'POST', pattern: /^\/service\/token$/, answer: () => ({ status: 405 }) },
    {
      method: 'GET',
      pattern: /^\/v2\/$/,
      answer: (call) =>
        call.headers['authorization'] === undefined ? challenge(call, undefined) : json({}),
    },
  ]
}

/** A wrong password, too, is answered with a token, which allows nothing. */
function token(state: HarborState, call: Call): Reply {
  const who = identify(state, call.headers['authorization'])
  const access = call.query.getAll('scope').map((scope) => grantScope(state, who, scope))
  const value = issueToken(access, state.tokenSeconds)
  return json({
    token: value,
    access_token: value,
    expires_in: state.tokenSeconds,
    issued_at: new Date().toISOString(),
  })
}
