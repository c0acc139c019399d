import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AttemptRef } from '#contract/build.ts'
import { beginStage } from '../../records/stages.ts'
import { askToPush, countPushes, type PushDecision } from '../../records/pushes.ts'
import { readBreaker } from '../../records/registry-breaker.ts'
import { mayPush, type PushLimits } from '../../server/pushes/may-push.ts'
import { findBuild } from '../../records/builds.ts'
import { summarise } from '../../server/views/build-detail.ts'
import { probeRegistry } from '../../worker/pushes/probe-registry.ts'
import type { TestDatabase } from '../database.ts'
import type { Library, Ready } from './kit/library.ts'
import type { ReadyHarbor } from './kit/ready-harbor.ts'
import { type StartedLibrary, startLibrary } from './kit/start-library.ts'

// What nodes do that push to a Harbor which is away for as long as they like, with pauses that are shortened.
let started: StartedLibrary
let database: TestDatabase
let ready: ReadyHarbor
let library: Library
beforeAll(async () => {
  started = await startLibrary(40)
  ;({ database, ready, library } = started)
})
afterAll(async () => started[Symbol.asyncDispose]())

const probes = { firstMs: 20, maxMs: 100 }
const limits: PushLimits = { all: 4, project: 3, rampMs: 200 }

async function ask(ref: AttemptRef, failed: boolean): Promise<PushDecision> {
  const question = { ...ref, failed, host: library.own.host, random: Math.random() }
  const decision = await askToPush(database.db, question, {
    breaker: { failures: 3, probes },
    choose: (breaker, asked) => mayPush(limits, breaker, asked),
  })
  if (decision === undefined) throw new Error('the attempt is no longer the current one')
  return decision
}

/** As its node does, that asks a hundred times more often than it is told. @returns how often the registry failed it. */
async function pushAsNode(name: string, ref: AttemptRef, seen: Seen): Promise<number> {
  await beginStage(database.db, { ...ref, stage: 'pushing' })
  for (let failures = 0, failed = false; ;) {
    const decision = await ask(ref, failed)
    failed = false
    if (decision.state === 'wait') {
      seen.reasons.add(decision.reason)
      await sleep(decision.retryMs / 100)
      continue
    }
    const { running } = await countPushes(database.db)
    seen.most = Math.max(seen.most, running)
    try {
      const made = await library.pushOnce(name, ref)
      await finish(made)
      return failures
    } catch {
      failures += 1
      failed = true
    }
  }
}

async function finish(made: Ready): Promise<void> {
  await library.publish(made)
  await library.tag(made)
  await library.finish(made.buildId)
}

interface Seen {
  readonly reasons: Set<string>
  most: number
}

async function begin(name: string): Promise<AttemptRef> {
  const { id } = await library.accept(name)
  return { buildId: id, attempt: await library.place(id) }
}

const audit = async (action: string) => {
  const rows = await database.db
    .selectFrom('audit')
    .select('seq')
    .where('action', '=', action)
    .execute()
  return rows.length
}
const breaker = async () => readBreaker(database.db, library.own.host)
const requests = () => ready.harbor.requests.length
const probe = async () =>
  probeRegistry({ ...library, registryUrl: ready.harbor.url, random: Math.random, probes })

it('gets no more pushes at once than the registry and each project may have', async () => {
  const slow = { method: 'PUT', path: /\/manifests\//, times: 12, delayMs: 200 }
  ready.harbor.faults.push(slow)
  const seen: Seen = { reasons: new Set(), most: 0 }
  const names = Array.from({ length: 12 }, (_, index) => `capped-${index}:1`)
  const refs = await Promise.all(names.map(begin))
  const pushes = refs.map(async (ref, index) => pushAsNode(names[index] ?? '', ref, seen))
  expect(await Promise.all(pushes)).toEqual(names.map(() => 0))
  expect(seen.most).toBeGreaterThan(1)
  expect(seen.most).toBeLessThanOrEqual(limits.project)
  expect([...seen.reasons].join()).toMatch(/images of the project are pushed already/)
  expect(await countPushes(database.db)).toEqual({ running: 0, waiting: 0 })
  ready.harbor.faults.splice(0)
})

it('28: is left alone while it is away, and then takes everything, with nothing failed', async () => {
  const away = {
    path: /^\/v2\//,
    times: Number.POSITIVE_INFINITY,
    reply: { status: 503, body: {} },
  }
  ready.harbor.faults.push(away)
  const seen: Seen = { reasons: new Set(), most: 0 }
  const names = Array.from({ length: 10 }, (_, index) => `away-${index}:1`)
  const refs = await Promise.all(names.map(begin))
  const pushes = Promise.all(
    refs.map(async (ref, index) => pushAsNode(names[index] ?? '', ref, seen)),
  )
  await expect.poll(async () => (await breaker()).state, { timeout: 30_000 }).toBe('open')
  await expect.poll(async () => (await countPushes(database.db)).running).toBe(0)
  const look = async () => {
    const waiting = await findBuild(database.db, refs[0]?.buildId ?? '')
    return waiting && summarise(waiting)
  }
  // It is told when it asks the next time.
  await expect.poll(look).toMatchObject({
    status: 'building',
    stage: 'pushing',
    waiting_reason: 'waiting for the registry',
  })
  // Only whoever looks asks it for anything, and ever more rarely.
  const before = requests()
  for (let looks = 0; looks < 5; looks += 1) {
    await expect.poll(async () => (await breaker()).probeMs, { timeout: 5_000 }).toBe(0)
    await probe()
  }
  expect(requests() - before).toBe(5)
  expect((await breaker()).state).toBe('open')
  ready.harbor.faults.splice(0)
  const looking = new AbortController()
  const looks = (async () => {
    for (; !looking.signal.aborted; await sleep(20)) await probe()
  })()
  const failures = await pushes
  looking.abort()
  await looks
  process.stdout.write(
    `28: ${failures.reduce((sum, one) => sum + one, 0)} pushes failed on the way\n`,
  )
  expect(await breaker()).toMatchObject({ state: 'closed', failures: 0 })
  expect(seen.most).toBeLessThanOrEqual(limits.project)
  const ends = await database.db
    .selectFrom('builds')
    .select(['status', 'attempt'])
    .where('name', 'like', 'away-%')
    .execute()
  expect(ends).toEqual(names.map(() => ({ status: 'succeeded', attempt: 1 })))
  expect(await audit('registry.away')).toBe(1)
  expect(await audit('registry.back')).toBe(1)
})

it('is left alone again, and longer, when it is back for a moment only', async () => {
  const ref = await begin('flaps:1')
  await beginStage(database.db, { ...ref, stage: 'pushing' })
  expect(await ask(ref, false)).toEqual({ state: 'go' })
  for (let failures = 0; failures < 3; failures += 1) await ask(ref, true)
  expect((await breaker()).state).toBe('open')
  await expect.poll(async () => (await breaker()).probeMs, { timeout: 5_000 }).toBe(0)
  await probe()
  expect((await breaker()).state).toBe('half_open')
  expect(await ask(ref, false)).toEqual({ state: 'go' })
  expect(await ask(ref, true)).toMatchObject({ reason: 'waiting for the registry' })
  expect(await breaker()).toMatchObject({ state: 'open', failures: 4 })
  const { tries } = await database.db
    .selectFrom('registry_breakers')
    .select('tries')
    .executeTakeFirstOrThrow()
  expect(tries).toBe(2)
  // A cancelled build is told so, and holds no place.
  await library.finish(ref.buildId, { code: 'cancelled', message: 'a test' })
  await expect(ask(ref, false)).rejects.toThrow('no longer the current one')
})
