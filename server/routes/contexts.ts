import { Hono } from 'hono'
import { storeContext } from '../../records/contexts.ts'
import type { ServerDeps } from '../deps.ts'
import { Refusal } from '../refusal.ts'

export function contextRoutes(deps: ServerDeps) {
  return new Hono().post('/', async (c) => {
    const { body } = c.req.raw
    if (body === null) throw new Refusal('context_invalid', 'the body is empty')
    const { digest, bytes, files } = await deps.contexts.receive(
      body,
      c.req.header('content-type') ?? '',
      async (tar, place) => storeContext(deps.db, tar, place),
    )
    return c.json({ context: digest, bytes, files }, 201)
  })
}
