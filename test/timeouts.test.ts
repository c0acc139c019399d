import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { isRunning } from './processes.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
/** The end of a build waits for the end of what it ran, but not for long on a node that is slow to answer. */
const isStopped = async (command: string) =>
  expect.poll(async () => isRunning(command), { timeout: 20_000, interval: 50 }).toBe(false)
const build = async (name: string, run: string, timeouts: object) =>
  client().build({
    name,
    dockerfile: `FROM ${farm.baseImage}\nRUN ${run}\n`,
    options: { timeouts },
  })

describe('a build that takes too long', () => {
  it('ends with the stage whose own limit was reached, and its RUN is stopped', async () => {
    const done = await build('slow', 'sleep 60431', { build: 3 })
    expect(done).toMatchObject({
      status: 'timed_out',
      failure: { code: 'stage_timeout', stage: 'building', actor: 'user' },
      attempt: 1,
    })
    await isStopped('sleep 60431')
    expect(await farm.tags('slow')).toEqual([])
  })

  it('ends with the stage in which the limit of the whole build was reached', async () => {
    const done = await build('late', 'sleep 60432', { build: 600, total: 15 })
    expect(done).toMatchObject({
      status: 'timed_out',
      failure: { code: 'stage_timeout', stage: 'building' },
      attempts: [{ failure: { code: 'stage_timeout' } }],
    })
    expect(done.failure?.message).toContain('15 s')
    await isStopped('sleep 60432')
  })

  it('ends when a RUN prints nothing for too long, with its line, and not while it prints', async () => {
    const chatty = 'for i in 1 2 3 4 5 6 7 8 9; do sleep 1; echo $i; done'
    expect(await build('chatty', chatty, { no_output: 7 })).toMatchObject({ status: 'succeeded' })
    const silent = await build('silent', 'echo once && sleep 60433', { no_output: 2 })
    expect(silent).toMatchObject({
      status: 'timed_out',
      failure: { code: 'stage_timeout', stage: 'building', line: 2 },
    })
    await isStopped('sleep 60433')
  })

  it('is one that waits for a node as well', async () => {
    await farm.processes.agent?.[Symbol.asyncDispose]()
    const done = await build('waiting', 'true', { total: 3 })
    expect(done).toMatchObject({
      status: 'timed_out',
      failure: { code: 'stage_timeout', stage: 'waiting' },
    })
  })
})
