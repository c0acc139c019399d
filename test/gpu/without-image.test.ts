import { readdir, readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { sawHardwareFault } from '../../agent/cuda/hardware-fault.ts'
import { refused } from '../example-report.ts'
import { glibcRoot, pack } from './kit/glibc-root.ts'
import { judge } from './kit/judging.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { rootWithLibrary } from './kit/own-library.ts'
import { type Probing, startProbing } from './kit/probing.ts'
import type { SimulatedNode } from './kit/simulated-node.ts'

const { a100 } = nodeClasses
const [{ uuid }] = a100.gpus
const device = `nvidia.com/gpu=${uuid}`

let probing: Probing
let node: SimulatedNode
beforeAll(async () => {
  probing = await startProbing()
  node = await probing.addNode('a100', a100)
})
afterEach(async () => node.configure(a100))
afterAll(async () => probing[Symbol.asyncDispose]())

it.each([
  ['cuCtxSynchronize', '214', 'GPU_ECC_UNCORRECTABLE'],
  ['cuCtxSynchronize', '220', 'CUDA_ERROR'],
  ['wrong_values', '3', 'WRONG_RESULT'],
])('shows a fault of the hardware again: %s is %s', async (call, answer, code) => {
  await node.configure({ ...a100, faults: { [call]: answer } })
  const root = await pack(await glibcRoot(probing.probe))
  const probed = await probing.run({ root, device, apart: true })
  expect(judge(probed, uuid, node.libcuda).fault).toMatchObject({ code, owner: 'node' })
  expect(probed.attempts.map(({ driver }) => sawHardwareFault(driver))).toEqual([true])
  expect(probed.apart?.driver).toMatchObject({ report: { reason: code, libcuda: node.libcuda } })
})

it('shows none where a driver is only set up wrongly', async () => {
  await node.configure({ ...a100, faults: { cuInit: '802' } })
  const root = await pack(await glibcRoot(probing.probe))
  const { attempts } = await probing.run({ root, device })
  expect(attempts.map(({ driver }) => sawHardwareFault(driver))).toEqual([false, false])
})

it('does not show the fault that an image only claims', async () => {
  const report = JSON.stringify(
    refused('GPU_ECC_UNCORRECTABLE', { libcuda: node.libcuda, nonce: 'NONCE' }),
  )
  const claim = report.replaceAll('%', '%%').replace('NONCE', '%s')
  const body = `printf(${JSON.stringify(`${claim}\n`)}, arguments[2]); fflush(stdout); _exit(count > 2);`
  const root = await rootWithLibrary(probing.probe, body)
  const probed = await probing.run({ root, device, apart: true })
  expect(probed.attempts.map(({ driver }) => sawHardwareFault(driver))).toEqual([true])
  expect(probed.apart?.driver).toMatchObject({ report: { ok: true, reason: 'OK' } })
})

it('is given up when it does not end, told as stuck, and killed with its container', async () => {
  const body = [
    'for (int one = 1; one < 32; one++) signal(one, SIG_IGN);',
    'for (; count > 0 && arguments != NULL;) pause();',
  ].join(' ')
  const root = await rootWithLibrary(probing.probe, body)
  let during: readonly string[] = []
  const probed = await probing.run({
    root,
    device,
    limitSeconds: { driver: 1, frameworks: 1 },
    marginSeconds: 2,
    afterAttempts: async () => void (during = await probes()),
  })
  expect(probed.attempts.at(-1)).toMatchObject({ stuck: true, driver: { problem: 'missing' } })
  expect(judge(probed, uuid, node.libcuda).fault).toMatchObject({
    code: 'PROBE_TIMEOUT',
    owner: 'node',
  })
  expect(during).toHaveLength(1)
  await expect.poll(probes, { timeout: 30_000 }).toEqual([])
})

/** Processes of this machine that run the probe with its short limit. */
async function probes(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    pids.map(async (pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return lines.filter((line) => {
    const [program, ...args] = line.split('\0')
    return program === '/.kiln/cuda-probe' && args.join(' ').includes('--limit 1 ')
  })
}
