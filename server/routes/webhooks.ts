import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import { harborEvent } from '#contract/wire/harbor-event.ts'
import { keepHints, type RegistryHint } from '../../records/registry-hints.ts'
import type { ServerDeps } from '../deps.ts'
import { isSameToken } from '../middleware/is-same-token.ts'
import { limitBody } from '../middleware/json-body.ts'
import { bearerOf } from '../middleware/token.ts'
import { Refusal } from '../refusal.ts'

const maxBytes = 512 * 1024
/** Harbor waits for three seconds and tries three times, so what is sent must be cheap to take. */
const maxHints = 100

/** Where a Harbor tells what has happened in it, with the secret that `npm run harbor -- setup` has given it. */
export function webhookRoutes({ db, tokens }: Pick<ServerDeps, 'db' | 'tokens'>) {
  return new Hono().post('/harbor', limitBody(maxBytes), async (c) => {
    if (tokens.webhook === undefined) throw new Refusal('not_found')
    if (!isSameToken(bearerOf(c), tokens.webhook)) throw new Refusal('unauthenticated')
    const text = await c.req.text()
    const { data } = harborEvent.safeParse(parse(text))
    if (data === undefined) throw new Refusal('invalid_request', 'this is no event of Harbor')
    await keepHints(db, hintsOf(data, text))
    return c.body(null, 204)
  })
}

function hintsOf(
  event: ReturnType<typeof harborEvent.parse>,
  text: string,
): readonly RegistryHint[] {
  const { resources, repository } = 'data' in event ? event.data : event.event_data
  const id = 'id' in event ? event.id : createHash('sha256').update(text).digest('hex')
  const about = resources.length === 0 ? [{ digest: undefined }] : resources.slice(0, maxHints)
  return about.map(({ digest }, index) => ({
    eventId: `${id} ${index}`,
    type: event.type,
    repository: repository?.repo_full_name ?? '',
    digest: digest ?? null,
  }))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal('invalid_json')
  }
}
