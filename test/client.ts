import { expect } from 'vitest'
import type { LogLine } from '#contract/log.ts'
import { lookUntil } from './look-until.ts'

/** What the tests read of `GET /api/builds/{id}`. */
export interface BuildView {
  readonly id: string
  readonly name: string
  readonly project: string
  readonly status: string
  readonly stage: string
  readonly attempt: number
  readonly digest: string | null
  readonly size: number | null
  readonly node_id: string | null
  readonly waiting_reason: string | null
  readonly failure: {
    readonly code: string
    readonly message: string
    readonly line?: number
    readonly exitCode?: number
    readonly actor: string
    readonly stage?: string
    readonly reasons?: readonly unknown[]
  } | null
  readonly stages: readonly { readonly stage: string; readonly attempt: number }[]
  readonly attempts: readonly {
    readonly number: number
    readonly node_id: string
    readonly reason: string
    readonly failure: { readonly code: string } | null
  }[]
  readonly verification: {
    readonly verdict: string
    readonly evidence: string
    readonly digest: string
  } | null
  readonly steps: { readonly cached: number; readonly total: number }
  readonly context: unknown
  readonly contexts: unknown
  readonly dockerfile: string
  readonly packages: unknown
  readonly bases: readonly { readonly reference: string; readonly pinned: string }[]
}

interface GitContext {
  readonly git: string
  readonly ref?: string
  readonly subdir?: string
}

export interface LogEvent {
  readonly id: string
  readonly line: LogLine
}

export interface Submission {
  readonly project?: string
  readonly name: string
  readonly dockerfile?: string
  readonly base_image?: string | undefined
  readonly packages?: Readonly<Record<string, readonly string[]>>
  readonly from_lock?: { readonly image: string; readonly version: number }
  readonly description?: string
  readonly context?: string | GitContext
  readonly contexts?: Readonly<Record<string, string | GitContext>>
  readonly options?: Readonly<Record<string, unknown>>
}

/** The API as a person uses it. */
export function createClient(url: string) {
  const request = async (path: string, init?: RequestInit) => fetch(new URL(path, url), init)
  const read = async (id: string): Promise<BuildView> => {
    const reply = await request(`/api/builds/${id}`)
    expect(reply.status).toBe(200)
    return (await reply.json()) as BuildView
  }
  const post = async (body: Submission | string) =>
    request('/api/images/build', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const until = async (id: string, wanted: (build: BuildView) => boolean, limitMs = 90_000) =>
    lookUntil(async () => read(id), wanted, limitMs)
  /** Submits. @returns the id of the build. */
  const submit = async (body: Submission) => {
    const reply = await post(body)
    expect(reply.status).toBe(202)
    return ((await reply.json()) as { build_id: string }).build_id
  }
  return {
    request,
    read,
    post,
    submit,
    until,
    /** Submits and waits for the end. */
    build: async (body: Submission) =>
      until(await submit(body), ({ status }) => status !== 'building'),
    upload: async (tar: Uint8Array<ArrayBuffer>, type = 'application/x-tar') =>
      request('/api/contexts', { method: 'POST', headers: { 'content-type': type }, body: tar }),
    cancel: async (id: string) => request(`/api/builds/${id}/cancel`, { method: 'POST' }),
    images: async () => {
      const reply = await request('/api/images')
      return ((await reply.json()) as { images: { id: number; name: string }[] }).images
    },
    /** The log events up to the end of the build, or up to `enough` of them. */
    follow: async (id: string, options: { after?: string; enough?: number } = {}) => {
      const headers = options.after === undefined ? {} : { 'last-event-id': options.after }
      const reply = await request(`/api/builds/${id}/logs`, { headers })
      return readEvents(reply, options.enough ?? Number.POSITIVE_INFINITY)
    },
  }
}

async function readEvents(reply: Response, enough: number): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = []
  let rest = ''
  for await (const part of reply.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + part).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      if (field('event') === 'end') return events
      if (field('event') !== 'log') continue
      events.push({ id: field('id') ?? '', line: JSON.parse(field('data') ?? '') as LogLine })
      if (events.length >= enough) return events
    }
  }
  return events
}
