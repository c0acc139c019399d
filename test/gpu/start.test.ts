import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { testEnvironment } from '../farm.ts'
import { isRunning } from '../processes.ts'
import { gpuImage } from './kit/gpu-image.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { createSimulatedNode, type SimulatedNode } from './kit/simulated-node.ts'
import { type GpuTools, resolveGpuTools } from './kit/tools.ts'

const { a100 } = nodeClasses
const [{ uuid }] = a100.gpus
const repository = join(import.meta.dirname, '../..')

let folder: string
let tools: GpuTools
let node: SimulatedNode
let launcher: ChildProcess
let printed = ''
const stateDir = () => join(folder, 'state')
const cdiFolder = () => join(stateDir(), 'agent/cdi')

/** A program of the machine that is told of the simulated driver by a variable. */
async function script(name: string, command: string): Promise<string> {
  const path = join(folder, 'bin', name)
  await writeFile(path, `#!/bin/sh\nexec ${command} "$@"\n`)
  await chmod(path, 0o755)
  return path
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-start-'))
  tools = await resolveGpuTools()
  node = await createSimulatedNode(tools.driver, tools.nvidia, join(folder, 'root'), a100)
  await mkdir(join(folder, 'bin'))
  await symlink(tools.nvidia.hook, join(folder, 'bin/nvidia-cdi-hook'))
  const describing = join(import.meta.dirname, 'kit/simulated-ctk.ts')
  const ctk = `${process.execPath} ${describing} ${tools.nvidia.ctk} ${node.configFile}`
  // A file that only speaks of the devices must not keep a good one from being written.
  await mkdir(cdiFolder(), { recursive: true })
  await writeFile(join(cdiFolder(), 'broken.yaml'), 'kind: [nvidia.com/gpu')
  launcher = spawn(process.execPath, [join(repository, 'embedded/main.ts')], {
    cwd: repository,
    env: {
      ...testEnvironment(stateDir()),
      KILN_GPU_ROOT: node.root,
      KILN_NVIDIA_CTK_BIN: await script('nvidia-ctk', ctk),
      KILN_NVIDIA_SMI_BIN: await script(
        'nvidia-smi',
        `env KILN_SIM_CONFIG=${node.configFile} ${node.nvidiaSmi}`,
      ),
      KILN_ALLOW_SIMULATED_GPU: 'true',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  launcher.stdout?.on('data', (bytes: Buffer) => {
    printed += bytes.toString()
    process.stdout.write(bytes)
  })
  await untilPrinted('Ctrl-C stops everything')
})
async function untilPrinted(text: string): Promise<void> {
  while (!printed.includes(text)) {
    if (launcher.exitCode !== null) throw new Error(`it ended instead of printing "${text}"`)
    await sleep(100)
  }
}

afterAll(async () => {
  if (launcher.exitCode === null) {
    launcher.kill('SIGTERM')
    await once(launcher, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

it('describes the GPUs of its machine, and verifies a CUDA image on them', async () => {
  const url = /API\s+(http:\/\/\S+)\/api\/images/.exec(printed)?.[1] ?? ''
  const broken = join(cdiFolder(), 'broken.yaml')
  const own = join(cdiFolder(), 'nvidia.json')
  expect(printed).toContain(`${broken} is no CDI specification`)
  expect(printed).toContain(`described this machine's GPUs in ${own}`)
  expect(await readFile(own, 'utf8')).toContain(uuid)
  const client = createClient(url)
  const { nodes } = (await (await client.request('/api/nodes')).json()) as { nodes: object[] }
  expect(nodes).toMatchObject([
    {
      inventory: {
        gpus: [{ uuid, simulated: true }],
        findings: [
          {
            code: 'CDI_SPEC_BROKEN',
            severity: 'warn',
            message: expect.stringContaining(broken),
            fix: expect.stringContaining('nvidia-ctk cdi generate'),
          },
        ],
      },
      gpu_slots: [{ uuid }],
    },
  ])
  const done = await client.build({ name: 'team/cuda:1', ...(await gpuImage({ url, tools })) })
  expect(done).toMatchObject({
    status: 'succeeded',
    verification: { verdict: 'gpu', evidence: 'simulated', gpu: { uuid, simulated: true } },
  })
})

it('leaves nothing running when it is told to stop', async () => {
  launcher.kill('SIGTERM')
  await once(launcher, 'exit')
  expect(printed).toContain('stopped')
  expect(await isRunning(stateDir())).toBe(false)
})
