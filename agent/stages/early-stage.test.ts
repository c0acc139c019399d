import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseDigest } from '#contract/image.ts'
import { examplePlan } from '../../test/example-plan.ts'
import { createControlPlane } from '../control-plane.ts'
import { createLostLines } from '../logs/lost-lines.ts'
import { createEarlyStage } from './early-stage.ts'
import { createRunning } from './running.ts'
import type { StageJob } from './run-stage.ts'

const attempt = { buildId: 'build-1', attempt: 1 }
const digest = parseDigest(`sha256:${'a'.repeat(64)}`)

/** Answers that the stage has begun, whoever asks. */
const server = createServer((_, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(examplePlan()))
})
let base: URL
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  base = new URL(`http://127.0.0.1:${address.port}`)
})
afterAll(() => server.close())

function setUp(body: (job: StageJob) => Promise<string>, limitMs?: number) {
  const running = createRunning()
  const deps = {
    controlPlane: createControlPlane(base, () => 'token'),
    running,
    random: Math.random,
    now: () => new Date(),
    lostLines: createLostLines(),
    explain: () => ({ code: 'internal', message: 'failed' }) as const,
  }
  return { running, early: createEarlyStage(deps, 'verifying', body, limitMs) }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

async function untilStopped({ signal }: StageJob): Promise<string> {
  await sleep(60_000, undefined, { signal })
  return 'not stopped'
}

it('does once what was begun before its activity has come', async () => {
  let times = 0
  const { early } = setUp(async () => `run ${(times += 1)}`)
  early.begin(attempt, digest)
  expect(await early.claim(attempt, digest).result).toBe('run 1')
  expect(await early.claim(attempt, digest).result).toBe('run 2')
})

it('tells the activity how it has failed', async () => {
  const { early } = setUp(async () => {
    throw new Error('broken')
  })
  early.begin(attempt, digest)
  await expect(early.claim(attempt, digest).result).rejects.toMatchObject({ type: 'internal' })
})

it('stops when no activity comes for it', async () => {
  const stopped = Promise.withResolvers<boolean>()
  const { early } = setUp(async (job) => {
    job.signal.addEventListener('abort', () => stopped.resolve(true))
    return untilStopped(job)
    // Long enough for the plan to come first, also on a busy machine: a stage that was never begun stops silently.
  }, 1_000)
  early.begin(attempt, digest)
  expect(await stopped.promise).toBe(true)
})

it('has ended before it begins anew for an activity that comes late', async () => {
  const events: string[] = []
  const stopping = Promise.withResolvers<void>()
  const { early } = setUp(async ({ signal }) => {
    if (events.length > 0) return `after ${events.at(-1)}`
    events.push('begun')
    await untilAborted(signal)
    stopping.resolve()
    await sleep(100)
    events.push('ended')
    return 'done'
  }, 20)
  early.begin(attempt, digest)
  await stopping.promise
  expect(await early.claim(attempt, digest).result).toBe('after ended')
})

it('has not succeeded when it was stopped before its end', async () => {
  const { early, running } = setUp(async ({ signal }) => {
    await untilAborted(signal)
    return 'done'
  })
  early.begin(attempt, digest)
  await running.stop(attempt)
  await expect(early.claim(attempt, digest).result).rejects.toThrow('stopped')
})

it('is stopped with its attempt, and with everything that runs', async () => {
  const { early, running } = setUp(untilStopped)
  early.begin(attempt, digest)
  await running.stop(attempt)
  const first = early.claim(attempt, digest)
  await expect(first.result).rejects.toThrow('stopped')
  early.begin(attempt, digest)
  await running[Symbol.asyncDispose]()
  await expect(early.claim(attempt, digest).result).rejects.toThrow('stopped')
})
