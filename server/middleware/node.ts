import { createMiddleware } from 'hono/factory'
import type { Context } from 'hono'
import { incarnationHeader, protocolHeader } from '#contract/wire/node.ts'
import type { ServerDeps } from '../deps.ts'
import { Refusal } from '../refusal.ts'
import { readRef } from '../routes/attempt-ref.ts'
import { readIncarnation } from '../joining/incarnation.ts'
import { unheard } from '../joining/authenticate-node.ts'
import { adviseReturn, adviseUpgrade, servesProtocol } from '../joining/serves-protocol.ts'
import { isSameToken } from '../access/token.ts'
import { bearerOf } from './bearer.ts'

/** Who calls: a node that has proved itself, or, with the token that older agents share, nobody knows which. */
export interface AgentEnv {
  Variables: { node: string | undefined }
}

/** The shared token opens nothing of a node that has a credential: whoever holds it could be any node. */
export const needsCredential = 'the shared token does not speak for a node that has a credential'

/** The start of the agent that calls, where it says. */
export function incarnationOf({ req }: Context): string | undefined {
  return readIncarnation(req.header(incarnationHeader))
}

/** How an agent is told that it is not let in: when it speaks a protocol that is not served, that is why. */
export function refuseAgent({ req }: Context, refusal: Refusal): Refusal {
  const protocol = Number(req.header(protocolHeader) ?? Number.NaN)
  if (!Number.isInteger(protocol) || servesProtocol(protocol)) return refusal
  return new Refusal('upgrade_required', adviseUpgrade(protocol))
}

/** Lets nodes pass that have a credential of their own. */
export function requireNode({
  nodeAuth,
  tellRefusal,
  tokens,
}: Pick<ServerDeps, 'nodeAuth' | 'tellRefusal' | 'tokens'>) {
  return createMiddleware<AgentEnv>(async (c, next) => {
    const given = bearerOf(c)
    if (tokens.agent !== undefined && isSameToken(given, tokens.agent)) c.set('node', undefined)
    else {
      const node = await nodeAuth.authenticate(given, incarnationOf(c))
      if (node === undefined) {
        await tellRefusal({ actor: 'unknown', object: 'agent API', because: 'no valid credential' })
        throw refuseAgent(c, new Refusal('unauthenticated'))
      }
      if (node.unheard !== undefined) {
        const because = unheard[node.unheard]
        await tellRefusal({ actor: node.id, object: 'agent API', because })
        throw node.unheard === 'replaced'
          ? new Refusal('node_replaced')
          : new Refusal('upgrade_required', adviseReturn)
      }
      c.set('node', node.id)
    }
    await next()
  })
}

/** A node speaks for itself only. */
export function requireSelf({
  nodeAuth,
  tellRefusal,
}: Pick<ServerDeps, 'nodeAuth' | 'tellRefusal'>) {
  return createMiddleware<AgentEnv, '/nodes/:id/*'>(async (c, next) => {
    const actor = c.get('node')
    const id = c.req.param('id')
    const object = id.slice(0, 40)
    if (actor === undefined && (await nodeAuth.hasCredential(id))) {
      await tellRefusal({ actor: 'unknown', object, because: needsCredential })
      throw new Refusal('unauthenticated')
    }
    if (actor !== undefined && actor !== id) {
      await tellRefusal({ actor, object, because: 'another node' })
      throw new Refusal('not_found')
    }
    await next()
  })
}

/** A node hears of its own attempts only: for it there are no others. */
export function requireOwnAttempt({
  attemptOwner,
  nodeAuth,
  tellRefusal,
}: Pick<ServerDeps, 'attemptOwner' | 'nodeAuth' | 'tellRefusal'>) {
  return createMiddleware<AgentEnv, '/builds/:build/attempts/:attempt{[0-9]+}/*'>(
    async (c, next) => {
      const actor = c.get('node')
      const ref = readRef(c.req.param())
      const owner = await attemptOwner(ref)
      const object = ref.buildId.slice(0, 40)
      if (actor === undefined && owner !== undefined && (await nodeAuth.hasCredential(owner))) {
        await tellRefusal({ actor: 'unknown', object, because: needsCredential })
        throw new Refusal('not_found')
      }
      if (actor !== undefined && owner !== actor) {
        await tellRefusal({ actor, object, because: 'an attempt of another node' })
        throw new Refusal('not_found')
      }
      await next()
    },
  )
}
