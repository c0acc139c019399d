import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { pauseAfter } from '#contract/pause-after.ts'
import { readRetryAfter } from '../registry/retry-after.ts'
import { HarborError } from './error.ts'

export interface HarborSettings {
  /** Where Harbor is reached, without a path. */
  readonly url: URL
  /** Of a robot: a local user's password costs Harbor 600,000 rounds of hashing with each request since 2.15.2. */
  readonly credential: { readonly username: string; readonly password: string }
  readonly newRequestId: () => string
  readonly random: () => number
  readonly now: () => number
}

export interface HarborRequest {
  /** In words, for errors: `read the project`. */
  readonly operation: string
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api/v2.0`, encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Statuses besides 2xx that are an answer and not an error. */
  readonly answers?: readonly number[]
}

export interface HarborReply {
  readonly status: number
  readonly headers: Headers
  /** Read as JSON; `undefined` where there is no body. */
  readonly body: unknown
}

/** Sends one request. @throws HarborError */
export type Send = (request: HarborRequest) => Promise<HarborReply>

const tryLimitMs = 30_000
const tries = 5
const pauses = { firstMs: 250, maxMs: 8_000 }
/** Asked to wait for longer, the caller is told at once and decides. */
const maxAskedPauseMs = 30_000

const errorBody = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().default('') })).min(1),
})

/**
 * A Harbor's API. Nothing is kept between requests: one that sends back Harbor's cookie counts as a browser and needs a
 * token against forgery. What may pass is tried again with growing pauses: no answer and 5xx where repeating does no
 * harm, 429 always.
 */
export function connectHarbor(settings: HarborSettings): Send {
  return async (request) => {
    const requestId = settings.newRequestId()
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await sendOnce(settings, request, requestId)
      if (!('error' in outcome)) return outcome
      const pause = retryPause(outcome, request, attempt, settings)
      if (pause === undefined) throw outcome.error
      await sleep(pause)
    }
  }
}

interface Failed {
  readonly error: HarborError
  /** Of the header Retry-After. */
  readonly waitMs?: number
}

async function sendOnce(
  { url, credential, now }: HarborSettings,
  request: HarborRequest,
  requestId: string,
): Promise<HarborReply | Failed> {
  const { operation, method, path, query = {}, headers = {}, body, answers = [] } = request
  const target = new URL(`/api/v2.0${path}`, url)
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, String(value))
  const basic = Buffer.from(`${credential.username}:${credential.password}`).toString('base64')
  try {
    const reply = await fetch(target, {
      method,
      headers: {
        authorization: `Basic ${basic}`,
        accept: 'application/json',
        'x-request-id': requestId,
        // Otherwise a project whose name is a number is taken for the id of another one.
        'x-is-resource-name': 'true',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(tryLimitMs),
    })
    const read = readJson(await reply.text())
    const { status } = reply
    if (reply.ok || answers.includes(status)) return { status, headers: reply.headers, body: read }
    const [first] = errorBody.safeParse(read).data?.errors ?? []
    const waitMs = readRetryAfter(reply.headers.get('retry-after'), now())
    return {
      error: new HarborError(operation, { status, requestId, ...first }),
      ...(waitMs !== undefined && { waitMs }),
    }
  } catch (cause) {
    return { error: new HarborError(operation, { requestId }, { cause }) }
  }
}

/** How long to wait before the next try; `undefined` when there is none. */
function retryPause(
  { error: { status }, waitMs }: Failed,
  { method }: HarborRequest,
  attempt: number,
  { random }: HarborSettings,
): number | undefined {
  const repeats = method !== 'POST' && method !== 'PATCH'
  const passes = status === 429 || (repeats && (status === undefined || status >= 500))
  if (!passes || attempt >= tries || (waitMs ?? 0) > maxAskedPauseMs) return undefined
  return (waitMs ?? 0) + pauseAfter(pauses, attempt, random())
}

/** A proxy in front of Harbor answers with HTML when Harbor does not. */
function readJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
