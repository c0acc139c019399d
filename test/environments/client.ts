import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createClient } from '../client.ts'
import type { Farm } from '../farm.ts'
import { lookUntil } from '../look-until.ts'

/** What the tests read of `GET /api/environments/{id}`. */
export interface EnvironmentView {
  readonly id: string
  readonly version: number
  readonly digest: string
  readonly name_points_at: number | null
  readonly state: string
  readonly start: number
  readonly node_id: string | null
  readonly waiting_reason: string | null
  readonly exit_code: number | null
  readonly reason: {
    readonly code: string
    readonly text: string
    readonly detail: string | null
  } | null
}

/** Environments as a person uses them, and as they lie on the node of the farm. */
export function createEnvironmentClient(farm: Pick<Farm, 'url' | 'agentDir'>) {
  const client = createClient(farm.url)
  const ask = async (method: string, path: string, body?: object) =>
    client.request(`/api/environments${path}`, {
      method,
      ...(body && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
  const read = async (id: string): Promise<EnvironmentView> => {
    const reply = await ask('GET', `/${id}`)
    expect(reply.status).toBe(200)
    return (await reply.json()) as EnvironmentView
  }
  const until = async (
    id: string,
    wanted: (environment: EnvironmentView) => boolean,
    limitMs = 90_000,
  ) => lookUntil(async () => read(id), wanted, limitMs)
  const create = async (request: object) => {
    const reply = await ask('POST', '', { cpu: 0.25, memory_bytes: 64 * 1024 ** 2, ...request })
    const body = (await reply.json()) as EnvironmentView
    expect([reply.status, body]).toMatchObject([202, {}])
    return body.id
  }
  const folder = (id: string) => join(farm.agentDir, 'environments', id)
  return {
    ask,
    read,
    until,
    create,
    folder,
    untilState: async (id: string, state: string) => until(id, (seen) => seen.state === state),
    /** Starts one and waits until it runs. */
    run: async (request: object) => {
      const id = await create(request)
      const seen = await until(
        id,
        ({ state }) => !['waiting', 'pulling', 'starting'].includes(state),
      )
      expect(seen).toMatchObject({ state: 'running' })
      return id
    },
    stop: async (id: string) => {
      expect((await ask('POST', `/${id}/stop`)).status).toBe(202)
      return until(id, ({ state }) => state === 'stopped' || state === 'failed')
    },
    /** What its program has printed. */
    log: async (id: string) => readFile(join(folder(id), 'log'), 'utf8').catch(() => ''),
  }
}
