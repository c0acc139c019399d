import { createMiddleware } from 'hono/factory'
import { findCurrentStart } from '../../records/find-environments.ts'
import type { ServerDeps } from '../deps.ts'
import { Refusal } from '../refusal.ts'
import type { AgentEnv } from './node.ts'

/** A node hears of the environments only that were placed on it: for it there are no others. */
export function requireOwnStart({ db, tellRefusal }: Pick<ServerDeps, 'db' | 'tellRefusal'>) {
  return createMiddleware<AgentEnv, '/environments/:environment/starts/:start{[0-9]+}/*'>(
    async (c, next) => {
      const actor = c.get('node')
      const id = c.req.param('environment')
      const current = await findCurrentStart(db, id)
      // Who holds the token that older agents share could be any node, and those run no environments.
      if (actor === undefined || current?.nodeId !== actor) {
        const because = 'an environment of another node'
        await tellRefusal({ actor: actor ?? 'unknown', object: id.slice(0, 40), because })
        throw new Refusal('not_found')
      }
      if (current.start !== Number(c.req.param('start'))) throw new Refusal('stale_start')
      await next()
    },
  )
}
