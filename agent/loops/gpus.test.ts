import { pino } from 'pino'
import { expect, it } from 'vitest'
import { ControlPlaneError } from '../control-plane.ts'
import { type NodeGpus, noGpus } from '../inventory/gpus/read-gpus.ts'
import { type GpuLoopDeps, watchGpus } from './gpus.ts'

/** Watches until `rounds` looks have been taken. @param news of each look. */
async function watch(
  news: readonly boolean[],
  register: () => Promise<void>,
  change: Partial<GpuLoopDeps> = {},
  current: NodeGpus = { ...noGpus, occupied: ['GPU-busy'] },
) {
  const stop = new AbortController()
  const looks: boolean[] = []
  const left = [...news]
  await watchGpus(
    {
      gpus: {
        refresh: async ({ full }) => {
          looks.push(full)
          const next = left.shift()
          if (left.length === 0) stop.abort()
          return next ?? false
        },
        current: async () => current,
        unchanged: () => new AbortController().signal,
      },
      leftovers: new Set(),
      reportClean: async () => undefined,
      log: pino({ level: 'silent' }),
      random: () => 0.5,
      register,
      ...change,
    },
    { everyMs: 1, thoroughMs: 60 },
    stop.signal,
  )
  return looks
}

it('tells the farm only what is new', async () => {
  let told = 0
  await watch([false, true, false, true], async () => void (told += 1))
  expect(told).toBe(2)
})

it('does not wait for the next look when somebody else has found something new', async () => {
  const stop = new AbortController()
  const found = new AbortController()
  let told = 0
  const gpus = {
    refresh: async () => true,
    current: async () => noGpus,
    unchanged: () => found.signal,
  }
  const register = async () => {
    told += 1
    stop.abort()
  }
  const watching = watchGpus(
    {
      gpus,
      leftovers: new Set(),
      reportClean: async () => undefined,
      log: pino({ level: 'silent' }),
      random: () => 0.5,
      register,
    },
    { everyMs: 3_600_000 },
    stop.signal,
  )
  found.abort()
  await watching
  expect(told).toBe(1)
})

it('tells later what it could not tell at once', async () => {
  let tries = 0
  await watch([true, false, false], async () => {
    tries += 1
    if (tries === 1) throw new Error('the server does not answer')
  })
  expect(tries).toBe(2)
})

it('looks thoroughly when its time has come', async () => {
  const looks = await watch(
    Array.from({ length: 61 }, () => false),
    async () => undefined,
  )
  expect(looks.map((full, index) => (full ? index + 1 : 0)).filter(Boolean)).toEqual([60])
})

it('tells of GPUs on which nothing is left any more, and asks again about the others', async () => {
  const leftovers = new Set(['GPU-busy', 'GPU-clean', 'GPU-unknown'])
  const told: string[] = []
  const reportClean = async (uuid: string) => {
    told.push(uuid)
    if (told.length === 1) throw new ControlPlaneError('clean')
    if (uuid === 'GPU-unknown') throw new ControlPlaneError('clean', 404)
  }
  await watch([false, false, false], async () => undefined, { leftovers, reportClean })
  expect(told).toEqual(['GPU-clean', 'GPU-clean', 'GPU-unknown'])
  expect([...leftovers]).toEqual(['GPU-busy'])
})

it('tells of none while the driver does not say what runs on them', async () => {
  const leftovers = new Set(['GPU-silent'])
  const told: string[] = []
  const reportClean = async (uuid: string) => void told.push(uuid)
  const change = { leftovers, reportClean }
  await watch([false, false], async () => undefined, change, noGpus)
  expect(told).toEqual([])
  expect([...leftovers]).toEqual(['GPU-silent'])
})

it('does not tell of an instance as long as anything of the farm runs on its card', async () => {
  const card = { uuid: 'GPU-card', name: 'H100', driver: '580.65.06', memory_bytes: 1 }
  const gpus = [{ ...card, migs: [{ uuid: 'MIG-one', profile: '1g.10gb' }] }]
  const told: string[] = []
  const leftovers = new Set(['MIG-one'])
  const change = { leftovers, reportClean: async (uuid: string) => void told.push(uuid) }
  const look = async (occupied: readonly string[]) =>
    watch([false, false], async () => undefined, change, { ...noGpus, gpus, occupied })
  await look(['GPU-card'])
  expect(told).toEqual([])
  await look([])
  expect(told).toEqual(['MIG-one'])
})
