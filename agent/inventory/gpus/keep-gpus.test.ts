import { expect, it } from 'vitest'
import type { Gpu } from '#contract/node.ts'
import { gpuFinding } from './finding.ts'
import { keepGpus } from './keep-gpus.ts'
import { type NodeGpus, noGpus } from './read-gpus.ts'

const gpu: Gpu = {
  uuid: 'GPU-1f',
  name: 'A100',
  driver: '580.65.06',
  memory_bytes: 1,
  free_bytes: 1,
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
  const less: NodeGpus = { ...hot(91), gpus: [{ ...gpu, free_bytes: 0 }] }
  const kept = keeping(hot(90), less)
  await kept.current()
  expect(await kept.refresh({ full: false })).toBe(false)
})
