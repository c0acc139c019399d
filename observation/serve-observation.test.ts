import { Counter, Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readListenAt } from './listen-at.ts'
import { serveObservation } from './serve-observation.ts'

const token = 'a-token-for-prometheus'
let stack: AsyncDisposableStack
let stopping: AbortController
let lacks: string | undefined | Error
let read: (path: string, headers?: Record<string, string>, method?: string) => Promise<Response>
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  stopping = new AbortController()
  lacks = undefined
  const metrics = new Registry()
  new Counter({ name: 'seen_total', help: 'what was seen', registers: [metrics] }).inc(3)
  const needs = [
    {
      name: 'database',
      look: async () => {
        if (lacks instanceof Error) throw lacks
        return lacks
      },
    },
  ]
  const serving = stack.use(
    await serveObservation({
      hostname: '127.0.0.1',
      port: 0,
      token,
      metrics,
      needs,
      stopping: stopping.signal,
    }),
  )
  read = async (path, headers = {}, method = 'GET') =>
    fetch(`http://127.0.0.1:${serving.port}${path}`, { headers, method })
})
afterEach(async () => stack.disposeAsync())

describe('the port on which a process shows itself', () => {
  it('tells its metrics to who brings the token, and to nobody else', async () => {
    expect((await read('/metrics')).status).toBe(401)
    expect((await read('/metrics', { authorization: 'Bearer another' })).status).toBe(401)
    const told = await read('/metrics', { authorization: `Bearer ${token}` })
    expect(await told.text()).toContain('seen_total 3')
  })

  it('says what keeps it from working, and no text of an error', async () => {
    expect((await read('/readyz')).status).toBe(200)
    lacks = 'it is being moved'
    const lacking = await read('/readyz')
    expect([lacking.status, await lacking.json()]).toEqual([
      503,
      { status: 'not ready', lacks: [{ name: 'database', reason: 'it is being moved' }] },
    ])
    lacks = new Error('password authentication failed for user kiln')
    expect(await (await read('/readyz')).text()).not.toContain('password')
    expect((await read('/healthz')).status).toBe(200)
  })

  it('is not ready once the process is being stopped, and still answers', async () => {
    stopping.abort()
    expect((await read('/readyz')).status).toBe(503)
    expect((await read('/healthz')).status).toBe(200)
  })

  it('has nothing else, and takes nothing', async () => {
    expect((await read('/')).status).toBe(404)
    expect((await read('/metrics', {}, 'POST')).status).toBe(405)
  })
})

describe('where it listens', () => {
  it('is nowhere when nothing is said, and beyond loopback only with a token', () => {
    expect(readListenAt({})).toBeUndefined()
    expect(readListenAt({ KILN_METRICS_LISTEN: '[::1]:9464' })).toEqual({
      hostname: '::1',
      port: 9464,
    })
    const all = { KILN_METRICS_LISTEN: '0.0.0.0:9464' }
    expect(() => readListenAt(all)).toThrow('KILN_METRICS_TOKEN')
    expect(readListenAt({ ...all, KILN_METRICS_TOKEN: token })).toMatchObject({ port: 9464 })
  })
})
