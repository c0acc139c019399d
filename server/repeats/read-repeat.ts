import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { Refusal } from '../refusal.ts'

/** What a request says of being a copy of another. */
export interface Repeat {
  readonly key: string
  /** Hash of all that is asked. */
  readonly request: Buffer
}

/**
 * The key by which a request may be sent again, if it has one.
 * @throws Refusal when it is none.
 */
export async function readRepeat({ req }: Context): Promise<Repeat | undefined> {
  const key = req.header('idempotency-key')
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    const message = 'expected 1 to 255 visible ASCII characters, such as a UUID'
    throw new Refusal('invalid_request', `Idempotency-Key: ${message}`, [
      { field: 'Idempotency-Key', message },
    ])
  }
  const { pathname } = new URL(req.url)
  const request = createHash('sha256').update(`${req.method} ${pathname}\n`)
  return { key, request: request.update(await req.text()).digest() }
}
