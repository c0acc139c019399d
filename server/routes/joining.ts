import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { type IssuedCredential, joinRequest, newJoinToken } from '#contract/wire/join.ts'
import { storeJoinToken } from '../../records/join-tokens.ts'
import {
  admitNode,
  quarantineNode,
  replaceCredential,
  revokeCredential,
} from '../../records/node-credentials.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import type { RouteDeps, ServerDeps } from '../deps.ts'
import { makeNodeToken } from '../joining/node-token.ts'
import { hashToken, isToken, mintToken } from '../access/token.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import { type AgentEnv, incarnationOf, refuseAgent } from '../middleware/node.ts'
import { bearerOf } from '../middleware/bearer.ts'
import { Refusal } from '../refusal.ts'

const maxBytes = 4096
const minuteMs = 60_000
/** A node that has been away for longer needs a new token to join with. */
const credentialLifeMs = 24 * 60 * minuteMs

/** What an operator decides about nodes. */
export function nodeAdminRoutes({ doorCertificate }: RouteDeps) {
  return new Hono<ApiEnv>()
    .post('/tokens', limitBody(maxBytes), requireJson, jsonBody(newJoinToken), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const authority = await doorCertificate?.authorityHash()
      const purpose = authority === undefined ? 'join' : `join_${authority}`
      const token = mintToken(purpose, randomBytes)
      const { minutes } = c.req.valid('json')
      const expiresAt = await storeJoinToken(scope, hashToken(token), minutes * minuteMs)
      return c.json({ token, expires_at: expiresAt.toISOString() }, 201)
    })
    .post('/:id/revoke', async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const told = { actor: scope.actor, because: 'revoked by an operator' }
      const isKnown = await revokeCredential(scope.farm, c.req.param('id'), told)
      if (!isKnown) throw new Refusal('not_found', 'there is no such node, or it never joined')
      return c.body(null, 204)
    })
}

/** How a node comes by its credential: with a token that an operator made, once. */
export function joinRoutes(deps: ServerDeps) {
  const { db, tellRefusal } = deps
  return new Hono()
    .route('/', contestRoutes(deps))
    .post('/join', limitBody(maxBytes), requireJson, jsonBody(joinRequest), async (c) => {
      const { token, node_id: nodeId, name } = c.req.valid('json')
      const credential = makeNodeToken(nodeId, randomBytes)
      const admitted = isToken(token)
        ? await admitNode(db, {
            nodeId,
            name,
            tokenHash: hashToken(token),
            hash: hashToken(credential),
            lifeMs: credentialLifeMs,
          })
        : 'token_refused'
      if (admitted === 'token_refused') {
        await tellRefusal({ actor: 'unknown', object: 'join', because: 'no valid token' })
        const advice = 'make a new one with POST /api/nodes/tokens'
        throw refuseAgent(c, new Refusal('join_refused', advice))
      }
      if (admitted === 'joined_already') {
        throw new Refusal('node_joined', `revoke ${nodeId} first when this is that node`)
      }
      return c.json(issued(credential, admitted), 201)
    })
}

const issued = (credential: string, expiresAt: Date): IssuedCredential => ({
  credential,
  expires_at: expiresAt.toISOString(),
  life_ms: credentialLifeMs,
})

/**
 * How a start of an agent says that it lives on although a later one has taken its place. What a process has sent that is no
 * more may still arrive, but it hears no refusal and answers none: so there are two agents with one state directory.
 */
function contestRoutes({ db, nodeAuth }: ServerDeps) {
  return new Hono().post('/nodes/:id/contest', async (c) => {
    const known = await nodeAuth.authenticate(bearerOf(c), incarnationOf(c))
    const isIt = known?.id === c.req.param('id') && known.unheard !== 'outdated'
    if (!isIt) throw new Refusal('unauthenticated')
    if (known.unheard === 'replaced') await quarantineNode(db, known.id, copied)
    return c.body(null, 204)
  })
}

const copied = 'two agents run with its state directory: one of them is a copy'

/** A node replaces its credential before it ends. */
export function credentialRoutes({ db }: ServerDeps) {
  return new Hono<AgentEnv>().post('/nodes/:id/credential', async (c) => {
    const nodeId = c.get('node')
    if (nodeId === undefined) throw new Refusal('unauthenticated')
    const credential = makeNodeToken(nodeId, randomBytes)
    const expiresAt = await replaceCredential(db, {
      nodeId,
      given: hashToken(bearerOf(c)),
      hash: hashToken(credential),
      lifeMs: credentialLifeMs,
    })
    if (expiresAt === undefined) throw new Refusal('unauthenticated')
    return c.json(issued(credential, expiresAt), 201)
  })
}
