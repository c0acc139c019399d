import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGpuReader } from '../../agent/inventory/gpus/read-gpus.ts'
import { readKernelLog } from '../../agent/inventory/gpus/read-kernel-log.ts'
import { faultCases } from './faults.ts'
import { glibcRoot, pack } from './kit/glibc-root.ts'
import { judge } from './kit/judging.ts'
import { type Probing, startProbing } from './kit/probing.ts'
import { type KnownGpu, provoke } from './kit/provoke.ts'
import { describeRealNode, findRealGpus } from './kit/real-node.ts'

const [uuid] = await findRealGpus()
const required = process.env['KILN_REQUIRE_GPU'] === '1'
/** What goes wrong around a GPU can be provoked with a real one; what goes wrong in it only with a simulated one. */
const provokable = faultCases.filter(({ config }) => config === undefined)
const tooMuch = {
  title: 'less free memory than is asked for',
  code: 'GPU_MEMORY_LOW',
  owner: 'node',
  minFreeMib: 16_000_000,
} as const

if (uuid === undefined && !required)
  process.stderr.write(
    `\n  NOT MEASURED: no NVIDIA GPU on this machine (${provokable.length + 3} tests skipped)\n\n`,
  )

it.runIf(required)('finds a real GPU, as KILN_REQUIRE_GPU demands', () => {
  expect(uuid).toBeDefined()
})

describe.skipIf(uuid === undefined)('on a real GPU', () => {
  let probing: Probing
  let gpu: KnownGpu
  let libcuda: string
  let root: Uint8Array
  beforeAll(async () => {
    probing = await startProbing()
    root = await pack(await glibcRoot(probing.probe))
    const described = await describeRealNode(probing.nvidia)
    libcuda = described.libcuda
    gpu = { node: 'real', uuid: uuid ?? '', spec: described.spec }
    await probing.publish(gpu.node, gpu.spec)
  })
  afterAll(async () => probing[Symbol.asyncDispose]())

  it('passes, and is measured, each time anew', async () => {
    for (const _ of [1, 2]) {
      const probed = await probing.run({ root, device: `nvidia.com/gpu=${gpu.uuid}` })
      expect(judge(probed, gpu.uuid, libcuda)).toMatchObject({ passed: true, evidence: 'measured' })
    }
  })

  it.each([...provokable, tooMuch])('tells $title: $code', async (fault) => {
    const judged = judge(await provoke(probing, gpu, fault), gpu.uuid, libcuda)
    expect(judged).toMatchObject({ passed: false, fault: { code: fault.code, owner: fault.owner } })
  })

  it('is well by its inventory', async () => {
    const read = createGpuReader({
      host: {
        root: '',
        nvidiaSmi: 'nvidia-smi',
        environment: process.env,
        cdiDirs: [probing.daemon.cdiDir],
      },
      readKernelLog: async () => readKernelLog(new Date()),
      readNoted: async () => [],
      clearedFile: '/nonexistent',
    })
    const { gpus, faulty, findings } = await read({ full: true })
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(faulty).toEqual([])
    const known = gpus.flatMap((one) => [one.uuid, ...(one.migs ?? []).map((mig) => mig.uuid)])
    expect(known).toContain(gpu.uuid)
    expect(gpus.every((one) => one.simulated === undefined && one.capability !== undefined)).toBe(
      true,
    )
  })
})
