import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTraces, noTraces } from '../../observation/traces.ts'

let collector: Server
let url: string
let bodies: string[]
beforeEach(async () => {
  bodies = []
  collector = createServer((request, response) => {
    request.setEncoding('utf8')
    let body = ''
    request.on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      bodies.push(body)
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`
})
afterEach(async () => {
  collector.closeAllConnections()
  await new Promise((resolve) => collector.close(resolve))
})

interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly status: { readonly code?: number; readonly message?: string }
}

const spans = () =>
  bodies.flatMap((body) => {
    const { resourceSpans } = JSON.parse(body) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[]
    }
    return resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans))
  })

describe('traces', () => {
  it('of one build are one trace in all processes, below the build itself', async () => {
    const [server, worker] = [createTraces('server', url), createTraces('worker', url)]
    server.note('build-1', 'accept', Date.now())
    await worker.span('build-1', 'publish', async () =>
      worker.span('build-1', 'read back', async () => undefined),
    )
    worker.end('build-1', Date.now() - 5, {})
    await worker.span('build-2', 'publish', async () => undefined)
    await server[Symbol.asyncDispose]()
    await worker[Symbol.asyncDispose]()
    const all = spans()
    const root = all.find(({ name }) => name === 'build')
    expect(root?.parentSpanId).toBeUndefined()
    const own = all.filter(({ traceId }) => traceId === root?.traceId)
    expect(own.map(({ name }) => name).toSorted()).toEqual([
      'accept',
      'build',
      'publish',
      'read back',
    ])
    const publish = own.find(({ name }) => name === 'publish')
    expect(publish?.parentSpanId).toBe(root?.spanId)
    expect(own.find(({ name }) => name === 'accept')?.parentSpanId).toBe(root?.spanId)
    expect(own.find(({ name }) => name === 'read back')?.parentSpanId).toBe(publish?.spanId)
    expect(all).toHaveLength(5)
  })

  it('tell of a failure its code and no text', async () => {
    const traces = createTraces('agent', url)
    const failing = traces.span('build-1', 'build', async () => {
      throw Object.assign(new Error('password=hunter2'), { type: 'step_failed' })
    })
    await expect(failing).rejects.toThrow('hunter2')
    await traces[Symbol.asyncDispose]()
    expect(spans()).toMatchObject([{ status: { code: 2, message: 'step_failed' } }])
    expect(bodies.join()).not.toContain('hunter2')
  })

  it('say which span runs, as W3C Trace Context has it', async () => {
    const traces = createTraces('agent', url)
    expect(traces.traceparent()).toBeUndefined()
    const parent = await traces.span('build-1', 'build', async () => traces.traceparent())
    await traces[Symbol.asyncDispose]()
    const [span] = spans()
    expect(parent).toBe(`00-${span?.traceId}-${span?.spanId}-01`)
  })

  it('hold up nothing while the collector is away, and are nothing where none is named', async () => {
    const traces = createTraces('agent', 'http://127.0.0.1:1/v1/traces')
    expect(await traces.span('build-1', 'build', async () => 7)).toBe(7)
    expect(createTraces('agent', undefined)).toBe(noTraces)
    expect(
      await noTraces.span('build-1', 'build', async () => noTraces.traceparent()),
    ).toBeUndefined()
  })
})
