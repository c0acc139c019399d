import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createContextServer } from '../contexts/context-server.ts'
import { listenOnLoopback } from '../../test/listen-on-loopback.ts'
import { createDaemonPool, DaemonUnavailable } from './daemon-pool.ts'

/** Daemons that only tell when they start and stop. */
function setUp(
  options: {
    idleMs?: number
    max?: number
    fails?: () => boolean
    ready?: () => Promise<void>
  } = {},
) {
  const told: string[] = []
  const pool = createDaemonPool({
    start: async (project) => {
      told.push(`start ${project}`)
      await sleep(5)
      if (options.fails?.() === true) throw new Error('no room')
      return {
        address: project,
        blobs: '/nowhere',
        contexts: createContextServer(listenOnLoopback),
        limits: { memory: 1, processes: 1, findHit: async () => undefined },
        ready: options.ready ?? (async () => undefined),
        [Symbol.asyncDispose]: async () => {
          await sleep(5)
          told.push(`stop ${project}`)
        },
      }
    },
    idleMs: options.idleMs ?? 60_000,
    max: options.max ?? 10,
    say: () => undefined,
  })
  return { pool, told }
}

it('starts one daemon for all who ask at once, and each project its own', async () => {
  const { pool, told } = setUp()
  const leases = await Promise.all([pool.use('a'), pool.use('a'), pool.use('b')])
  expect(leases.map(({ address }) => address)).toEqual(['a', 'a', 'b'])
  await pool[Symbol.asyncDispose]()
  expect(told).toEqual(['start a', 'start b', 'stop a', 'stop b'])
  await expect(pool.use('a')).rejects.toThrow('being stopped')
})

it('stops a daemon once nobody has used it for a while, and starts it anew when it is wanted again', async () => {
  const { pool, told } = setUp({ idleMs: 20 })
  const [first, second] = await Promise.all([pool.use('a'), pool.use('a')])
  first[Symbol.dispose]()
  await sleep(60)
  expect(told).toEqual(['start a'])
  second[Symbol.dispose]()
  await expect.poll(() => told).toEqual(['start a', 'stop a'])
  using _ = await pool.use('a')
  expect(told).toEqual(['start a', 'stop a', 'start a'])
})

it('never has two daemons on one root: the next start waits for the stop', async () => {
  const { pool, told } = setUp({ max: 1 })
  ;(await pool.use('a'))[Symbol.dispose]()
  ;(await pool.use('b'))[Symbol.dispose]()
  using _ = await pool.use('a')
  expect(told.indexOf('stop a')).toBeLessThan(told.lastIndexOf('start a'))
})

it('stops the daemon that has been idle for longest when there are too many, and none that is in use', async () => {
  const { pool, told } = setUp({ max: 2 })
  using _ = await pool.use('busy')
  ;(await pool.use('old'))[Symbol.dispose]()
  const leases = [await pool.use('third'), await pool.use('fourth')]
  expect(leases).toHaveLength(2)
  await expect.poll(() => told.filter((line) => line.startsWith('stop'))).toEqual(['stop old'])
})

it('starts one new daemon for all who ask while the old one stops', async () => {
  const { pool, told } = setUp({ idleMs: 0 })
  ;(await pool.use('a'))[Symbol.dispose]()
  await sleep(2)
  const leases = await Promise.all([pool.use('a'), pool.use('a'), pool.use('a')])
  expect(told).toEqual(['start a', 'stop a', 'start a'])
  leases[0]?.[Symbol.dispose]()
  leases[1]?.[Symbol.dispose]()
  await sleep(20)
  expect(told).toHaveLength(3)
  leases[2]?.[Symbol.dispose]()
  await expect.poll(() => told.at(-1)).toBe('stop a')
})

it('stops a daemon that still starts when the pool is closed, and gives it to nobody', async () => {
  const { pool, told } = setUp()
  const asked = pool.use('a')
  await Promise.all([pool[Symbol.asyncDispose](), expect(asked).rejects.toThrow(DaemonUnavailable)])
  expect(told).toEqual(['start a', 'stop a'])
})

it('lets nobody use a daemon that does not answer, and stops it in the end', async () => {
  const ready = async () => Promise.reject(new Error('silent'))
  const { pool, told } = setUp({ idleMs: 10, ready })
  const asked = await Promise.allSettled([pool.use('a'), pool.use('a')])
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect.poll(() => told).toEqual(['start a', 'stop a'])
})

it('tries again after a start that failed', async () => {
  let fails = true
  const { pool } = setUp({ fails: () => fails })
  const asked = await Promise.allSettled([pool.use('a'), pool.use('a')])
  for (const each of asked)
    expect(each).toMatchObject({ reason: expect.any(DaemonUnavailable) as unknown })
  fails = false
  expect((await pool.use('a')).address).toBe('a')
})

it('replaces a daemon that is in use, and starts no other before what is to be done in between is done', async () => {
  const { pool, told } = setUp()
  using _ = await pool.use('a')
  const replaced = pool.replace('a', async () => {
    await sleep(20)
    told.push('between')
  })
  const next = pool.use('a')
  await replaced
  ;(await next)[Symbol.dispose]()
  expect(told).toEqual(['start a', 'stop a', 'between', 'start a'])
  expect(pool.running()).toEqual(['a'])
})

it('tells when what was to be done in between failed, and starts the daemon all the same', async () => {
  const { pool, told } = setUp()
  const failing = pool.replace('a', async () => {
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  using _ = await pool.use('a')
  expect(told).toEqual(['start a'])
})
