import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { createThreadPool } from './thread-pool.ts'

interface Request {
  readonly do: 'echo' | 'hang' | 'throw' | 'fill' | 'die'
}

/** A module that answers with the id of its thread, or does what should not happen. */
const source = `
import { parentPort, threadId } from 'node:worker_threads'
parentPort.on('message', (request) => {
  if (request.do === 'hang') for (;;);
  if (request.do === 'throw') throw new Error('broken')
  const kept = []
  while (request.do === 'fill') kept.push(Array.from({ length: 10_000 }, Math.random))
  parentPort.postMessage(threadId)
  if (request.do === 'die') setTimeout(() => process.exit(1), 20)
})
`
const module = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
const never = new AbortController().signal
const limitMs = 30_000

describe('a pool of threads', () => {
  const threads = createThreadPool<Request, number>({
    module,
    memoryMb: 32,
    max: 1,
    idleMs: 60_000,
  })
  afterAll(async () => threads[Symbol.asyncDispose]())
  const ask = async (what: Request['do'], ms = limitMs, stop = never) =>
    threads.ask({ do: what }, ms, stop)

  it('answers all that wait with the thread that it keeps', async () => {
    const outcomes = await Promise.all(['echo', 'echo', 'echo'].map(async () => ask('echo')))
    expect(outcomes[0]).toEqual({ answer: expect.any(Number) })
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1)
  })

  it.each([
    ['late', 'hang', 500],
    ['failed', 'throw', limitMs],
    ['spent', 'fill', limitMs],
  ] as const)('ends a thread that is %s, and goes on', async (ended, what, ms) => {
    expect(await ask(what, ms)).toEqual({ ended })
    expect(await ask('echo')).toEqual({ answer: expect.any(Number) })
  })

  it('does not ask a thread again that has died without work', async () => {
    await ask('die')
    await sleep(200)
    expect(await ask('echo')).toEqual({ answer: expect.any(Number) })
  })

  it('gives up what waits for a thread at once', async () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const hanging = ask('hang', limitMs, first.signal)
    const waiting = ask('echo', limitMs, second.signal)
    second.abort()
    expect(await waiting).toEqual({ ended: 'stopped' })
    first.abort()
    await hanging
  })

  it('stops when it is told to, also what has not begun', async () => {
    const stop = new AbortController()
    const working = [ask('hang', limitMs, stop.signal), ask('hang', limitMs, stop.signal)]
    stop.abort()
    expect(await Promise.all(working)).toEqual([{ ended: 'stopped' }, { ended: 'stopped' }])
  })
})

it('takes its threads along when it is disposed', async () => {
  const threads = createThreadPool<Request, number>({
    module,
    memoryMb: 32,
    max: 1,
    idleMs: 60_000,
  })
  const hanging = threads.ask({ do: 'hang' }, limitMs, never)
  await threads[Symbol.asyncDispose]()
  expect(await hanging).toEqual({ ended: 'stopped' })
  expect(await threads.ask({ do: 'echo' }, limitMs, never)).toEqual({ ended: 'stopped' })
})
