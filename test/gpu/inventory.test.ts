import { mkdir, mkdtemp, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { registerNode } from '#contract/wire/node.ts'
import type { KernelLine } from '../../agent/inventory/gpus/parse-xids.ts'
import type { NotedFault } from '../../agent/inventory/gpus/noted-faults.ts'
import { createGpuReader } from '../../agent/inventory/gpus/read-gpus.ts'
import { nodeClasses, type SimulatedNodeConfig } from './kit/node-classes.ts'
import { createSimulatedNode, type SimulatedNode } from './kit/simulated-node.ts'
import { type GpuTools, resolveGpuTools } from './kit/tools.ts'

const { a100, h100 } = nodeClasses
const [first, second] = h100.gpus

let tools: GpuTools
let folder: string
let node: SimulatedNode
const kernelLog: KernelLine[] = []
const noted: NotedFault[] = []
beforeAll(async () => {
  tools = await resolveGpuTools()
  folder = await mkdtemp(join(tmpdir(), 'kiln-inventory-'))
  node = await addNode('h100', h100)
})
afterEach(async () => {
  kernelLog.length = 0
  noted.length = 0
  await node.configure(h100)
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

async function addNode(name: string, config: SimulatedNodeConfig): Promise<SimulatedNode> {
  const root = join(folder, name)
  const added = await createSimulatedNode(tools.driver, tools.nvidia, root, config)
  await mkdir(join(root, 'cdi'))
  await writeFile(join(root, 'cdi/nvidia.json'), JSON.stringify(added.spec))
  return added
}

const clearedFile = () => join(folder, 'cleared')
const readerOf = ({ root, nvidiaSmi, configFile }: SimulatedNode) =>
  createGpuReader({
    host: {
      root,
      nvidiaSmi,
      environment: { KILN_SIM_CONFIG: configFile },
      cdiDirs: [join(root, 'cdi')],
    },
    readKernelLog: async () => kernelLog,
    readNoted: async () => noted,
    clearedFile: clearedFile(),
  })
const read = async (config: SimulatedNodeConfig = h100, full = false) => {
  await node.configure(config)
  return readerOf(node)({ full })
}

it.each(Object.entries(nodeClasses))(
  'describes the GPUs of a node that is well: %s',
  async (name, config) => {
    const own = await addNode(`well-${name}`, config)
    const { gpus, faulty, findings } = await readerOf(own)({ full: true })
    expect(findings).toEqual([])
    expect(faulty).toEqual([])
    expect(gpus).toEqual(
      config.gpus.map((gpu, index) => ({
        uuid: gpu.uuid,
        name: `${gpu.name} (simulated)`,
        driver: config.driver,
        capability: gpu.capability,
        memory_bytes: gpu.memoryMib * 1024 ** 2,
        free_bytes: (gpu.memoryMib - 512) * 1024 ** 2,
        bus_id: `00000000:0${7 + index}:00.0`,
        simulated: true,
        ...('migs' in config && {
          migs: config.migs.map(({ uuid, profile }) => ({ uuid, profile })),
        }),
      })),
    )
  },
)

describe('a fault of one GPU', () => {
  const field = (name: string, value: string): SimulatedNodeConfig => ({
    ...h100,
    fields: [{ gpu: second.minor, name, value }],
  })
  it.each([
    ['ecc.errors.uncorrected.volatile.total', '1', 'GPU_ECC_UNCORRECTABLE'],
    ['remapped_rows.pending', '1', 'GPU_ROW_REMAP_PENDING'],
    ['remapped_rows.failure', 'Yes', 'GPU_ROW_REMAP_FAILED'],
    ['retired_pages.pending', 'Yes', 'GPU_RETIRED_PAGES_PENDING'],
    ['compute_mode', 'Prohibited', 'GPU_COMPUTE_PROHIBITED'],
    ['mig.mode.current', 'Enabled', 'MIG_NO_INSTANCES'],
    ['gpu_recovery_action', 'Reset', 'GPU_RECOVERY_NEEDED'],
  ])('takes it out, and the other not: %s is %s', async (name, value, code) => {
    const { gpus, faulty, findings } = await read(field(name, value), true)
    expect(findings.map((one) => one.code)).toContain(code)
    expect(gpus.map(({ uuid }) => uuid)).toEqual([first.uuid])
    expect(faulty.map(({ uuid }) => uuid)).toEqual([second.uuid])
  })

  it.each([
    ['clocks_event_reasons.active', '0x0000000000000040', 'GPU_TOO_HOT'],
    ['persistence_mode', 'Disabled', 'PERSISTENCE_OFF'],
  ])('is told and leaves it in when work can go on: %s', async (name, value, code) => {
    const { gpus, findings } = await read(field(name, value))
    expect(findings).toMatchObject([{ code, gpu: second.uuid }])
    expect(gpus).toHaveLength(2)
  })

  it('is known from the kernel log until the machine starts anew or a person has cleared it', async () => {
    const text = 'NVRM: Xid (PCI:0000:08:00): 79, pid=1, GPU has fallen off the bus.'
    kernelLog.push({ at: new Date(Date.now() - 60_000), text })
    expect((await read()).faulty.map(({ uuid }) => uuid)).toEqual([second.uuid])
    await writeFile(clearedFile(), '')
    await utimes(clearedFile(), new Date(), new Date())
    expect((await read()).faulty).toEqual([])
  })
})

it('takes a GPU back as soon as what the driver asked for has been done', async () => {
  const again = readerOf(node)
  const asking = { gpu: second.minor, name: 'gpu_recovery_action', value: 'Reset' }
  await node.configure({ ...h100, fields: [asking] })
  expect((await again({ full: true })).gpus).toHaveLength(1)
  expect((await again({ full: false })).gpus).toHaveLength(1)
  await node.configure(h100)
  expect((await again({ full: false })).gpus).toHaveLength(2)
})

it('takes out the GPU on which a probe saw a fault, until a person has cleared it', async () => {
  const at = new Date(Date.now() + 60_000).toISOString()
  noted.push({ uuid: second.uuid, code: 'WRONG_RESULT', params: { wrong: 3, total: 9 }, at })
  const { gpus, faulty, findings } = await read()
  expect(gpus.map(({ uuid }) => uuid)).toEqual([first.uuid])
  expect(faulty.map(({ uuid }) => uuid)).toEqual([second.uuid])
  expect(findings).toMatchObject([
    { code: 'WRONG_RESULT', severity: 'error', gpu: second.uuid, params: { wrong: 3, at } },
  ])
  const later = new Date(Date.now() + 120_000)
  await writeFile(clearedFile(), '')
  await utimes(clearedFile(), later, later)
  expect((await read()).faulty).toEqual([])
})

describe('a node whose driver is not well', () => {
  it.each([
    ['9', 'DRIVER_NOT_LOADED'],
    ['12', 'NVML_MISSING'],
    ['15', 'GPU_LOST'],
    ['18', 'DRIVER_VERSION_MISMATCH'],
  ])('has no GPUs: nvidia-smi ends with %s', async (status, code) => {
    const { gpus, findings } = await read({ ...h100, faults: { 'smi.exit': status } })
    expect(gpus).toEqual([])
    expect(findings.map((one) => one.code)).toEqual([code])
  })

  it('does not hold the agent up when nvidia-smi hangs', async () => {
    const { gpus, findings } = await read({ ...h100, faults: { smi: 'hang' } })
    expect(gpus).toEqual([])
    expect(findings.map((one) => one.code)).toEqual(['PROBE_TIMEOUT'])
  })

  it('has all of its GPUs when the driver only lacks a field', async () => {
    const { gpus, findings } = await read({ ...h100, faults: { 'smi.unknown': 'serial' } })
    expect(gpus).toHaveLength(2)
    expect(findings).toMatchObject([{ code: 'UNSUPPORTED_QUERY', params: { field: 'serial' } }])
  })

  it('was updated without a reboot', async () => {
    const link = join(node.root, node.libraryFolder, 'libcuda.so.1')
    await writeFile(join(node.root, node.libraryFolder, 'libcuda.so.590.1'), '')
    await unlink(link)
    await symlink('libcuda.so.590.1', link)
    const { findings } = await read()
    expect(findings).toMatchObject([
      { code: 'DRIVER_VERSION_MISMATCH', params: { kernel: '580.65.06', library: '590.1' } },
    ])
    await unlink(link)
    await symlink('libcuda.so.580.65.06', link)
  })

  it('lacks a device node', async () => {
    const own = await addNode('no-node', a100)
    await unlink(join(own.root, 'dev/nvidia0'))
    const { findings } = await readerOf(own)({ full: false })
    expect(findings).toMatchObject([
      { code: 'DEVICE_NODES_MISSING', params: { nodes: 'nvidia0' } },
      { code: 'CDI_SPEC_STALE' },
    ])
  })

  it('has no specification for containers', async () => {
    const own = await addNode('no-cdi', a100)
    await unlink(join(own.root, 'cdi/nvidia.json'))
    const [{ uuid }] = a100.gpus
    expect(await readerOf(own)({ full: false })).toMatchObject({
      gpus: [],
      faulty: [{ uuid }],
      findings: [{ code: 'CDI_SPEC_MISSING' }, { code: 'CDI_DEVICE_MISSING', gpu: uuid }],
    })
  })
})

it("tells of processes that are not the farm's", async () => {
  const process = { gpu: first.minor, pid: 4711, memoryMib: 2048, name: 'python, of somebody' }
  const { gpus, findings } = await read({ ...h100, processes: [process] })
  expect(findings).toMatchObject([
    { code: 'GPU_BUSY_FOREIGN', gpu: first.uuid, params: { mib: 2048 } },
  ])
  expect(gpus).toHaveLength(2)
})

it('is what the server takes, and a server of the time before takes it too', async () => {
  const config = { ...h100, fields: [{ gpu: 0, name: 'retired_pages.pending', value: 'Yes' }] }
  const { gpus, faulty, findings } = await read(config)
  const registration = {
    protocol: 1,
    node_id: 'node-00000000000000000000000000',
    name: 'n',
    incarnation: '00000000-0000-4000-8000-000000000000',
    slots: 1,
    inventory: {
      host: { hostname: 'h', os: 'o', kernel: 'k', arch: 'x64' },
      cpu: { model: 'm', cores: 1 },
      memory_bytes: 1,
      disk: { total_bytes: 1, free_bytes: 1 },
      buildkit: { version: '0', platforms: [], devices: [] },
      gpus,
      faulty_gpus: faulty,
      findings,
    },
  }
  expect(registerNode.parse(registration).inventory.findings).toEqual(findings)
  const {
    gpus: listed,
    faulty_gpus: _faulty,
    findings: _findings,
    ...older
  } = registration.inventory
  const olderGpus = listed.map(({ uuid, name, driver, memory_bytes }) => ({
    uuid,
    name,
    driver,
    memory_bytes,
  }))
  const olderNode = { ...registration, inventory: { ...older, gpus: olderGpus } }
  expect(registerNode.parse(olderNode)).toEqual(olderNode)
})
