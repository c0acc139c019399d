import { expect, it } from 'vitest'
import type { Gpu } from '#contract/node.ts'
import { gpuFinding } from './finding.ts'
import { keepGpus } from './keep-gpus.ts'
import { type NodeGpus, noGpus } from './read-gpus.ts'

const gpu: Gpu = {
  uuid: 'GPU-1f',
  name: 'A100',
  driver: '580.65.06',
  memory_bytes: 8 * 1024 ** 3,
  free_bytes: 4 * 1024 ** 3,
}
const well: NodeGpus = { ...noGpus, gpus: [gpu] }
const hot = (celsius: number): NodeGpus => ({
  ...well,
  findings: [gpuFinding(gpu.uuid, 'GPU_TOO_HOT', { celsius })],
})

/** Answers these readings one after another. */
function keeping(...readings: readonly NodeGpus[]) {
  const left = [...readings]
  return keepGpus(async () => left.shift() ?? well)
}

it('reads once for whoever asks', async () => {
  const kept = keeping(hot(90), well)
  expect(await kept.current()).toEqual(hot(90))
  expect(await kept.current()).toEqual(hot(90))
})

it('tells what is new', async () => {
  const out: NodeGpus = { ...well, gpus: [], faulty: [gpu] }
  const kept = keeping(well, hot(90), out, out)
  await kept.current()
  expect(await kept.refresh({ full: false })).toBe(true)
  expect(await kept.refresh({ full: false })).toBe(true)
  expect(await kept.refresh({ full: false })).toBe(false)
  expect(await kept.current()).toEqual(out)
})

it('tells later what was new when somebody else looked', async () => {
  const kept = keeping(well, hot(90), hot(90), hot(90))
  await kept.current()
  expect(await kept.look()).toEqual(hot(90))
  expect(await kept.refresh({ full: false })).toBe(true)
  expect(await kept.refresh({ full: false })).toBe(false)
})

it('takes figures that go up and down for no news', async () => {
  const less: NodeGpus = { ...hot(91), gpus: [{ ...gpu, free_bytes: 1024 ** 3 }] }
  const kept = keeping(hot(90), less)
  await kept.current()
  expect(await kept.refresh({ full: false })).toBe(false)
})

it('takes it for news when too little memory is left for the probes, and when there is enough again', async () => {
  const full: NodeGpus = { ...well, gpus: [{ ...gpu, free_bytes: 511 * 1024 ** 2 }] }
  const enough: NodeGpus = { ...well, gpus: [{ ...gpu, free_bytes: 512 * 1024 ** 2 }] }
  const kept = keeping(well, full, full, enough)
  await kept.current()
  expect(await kept.refresh({ full: false })).toBe(true)
  expect(await kept.refresh({ full: false })).toBe(false)
  expect(await kept.refresh({ full: false })).toBe(true)
})

it('tells at once that somebody who looked has found something new', async () => {
  const kept = keeping(well, hot(90), hot(90), well)
  await kept.current()
  const unchanged = kept.unchanged()
  expect(unchanged.aborted).toBe(false)
  await kept.look()
  expect(unchanged.aborted).toBe(true)
  expect(await kept.refresh({ full: false })).toBe(true)
  expect(kept.unchanged().aborted).toBe(false)
})

it('misses nothing when two look at the same time', async () => {
  const slow = Promise.withResolvers<NodeGpus>()
  const answers = [Promise.resolve(well), slow.promise, Promise.resolve(hot(90))]
  const kept = keepGpus(async () => answers.shift()!)
  await kept.current()
  const looking = kept.look()
  expect(await kept.refresh({ full: false })).toBe(true)
  slow.resolve(well)
  await looking
  expect(kept.unchanged().aborted).toBe(true)
  expect(await kept.current()).toEqual(well)
})
