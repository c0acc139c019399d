import { Hono } from 'hono'
import { harborEvent } from '#contract/wire/harbor-event.ts'
import { inspectSoon, type Said } from '../../records/inspections.ts'
import type { ServerDeps } from '../deps.ts'
import { isSameToken } from '../access/token.ts'
import { limitBody, refuseUnstorable } from '../middleware/json-body.ts'
import { bearerOf } from '../middleware/bearer.ts'
import { Refusal } from '../refusal.ts'

const maxBytes = 512 * 1024
/** Harbor waits for three seconds and tries three times, so what is sent must be cheap to take. */
const maxSaid = 100

type Deps = Pick<ServerDeps, 'db' | 'push' | 'tokens'>

/**
 * Where a Harbor tells what has happened in it, with the secret that `kiln harbor setup` has given it. It may be late,
 * wrong, or said twice: the versions that it names are looked at, and nothing of it is believed.
 */
export function webhookRoutes({ db, push, tokens }: Deps) {
  return new Hono().post('/harbor', limitBody(maxBytes), async (c) => {
    if (tokens.webhook === undefined) throw new Refusal('not_found')
    if (!isSameToken(bearerOf(c), tokens.webhook)) throw new Refusal('unauthenticated')
    const { data } = harborEvent.safeParse(parse(await c.req.text()))
    if (data === undefined) throw new Refusal('invalid_request', 'this is no event of Harbor')
    refuseUnstorable(data)
    await inspectSoon(db, saidBy(data, `${push.prefix}/`))
    return c.body(null, 204)
  })
}

function saidBy(event: ReturnType<typeof harborEvent.parse>, prefix: string): readonly Said[] {
  const { resources, repository } = 'data' in event ? event.data : event.event_data
  const name = repository?.repo_full_name
  if (name?.startsWith(prefix) !== true) return []
  const about = resources.length === 0 ? [{ digest: undefined }] : resources.slice(0, maxSaid)
  return about.map(({ digest }) => ({
    repository: name.slice(prefix.length),
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
