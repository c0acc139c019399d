import { Hono } from 'hono'
import { storeContext } from '../../records/contexts.ts'
import type { ServerDeps } from '../deps.ts'
import { Refusal } from '../refusal.ts'

export function contextRoutes(deps: ServerDeps) {
  return new Hono().post('/', async (c) => {
    const { body } = c.req.raw
    if (body === null) throw new Refusal('context_invalid', 'the body is empty')
    const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    const { digest, bytes, files } = await deps.contexts.receive(
      body,
      type,
      async (normal, place) => storeContext(deps.db, normal, place),
    )
    return c.json({ context: digest, bytes, files }, 201)
  })
}
