import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProbeAttempt } from '../../../agent/cuda/probe-attempt.ts'
import { readCleanRoom } from '../../../agent/cuda/clean-room.ts'
import {
  createImageProbe,
  type ProbeOptions,
  type ProbeTools,
} from '../../../agent/cuda/probe-image.ts'
import type { Gateway } from '../../../agent/buildkit/gateway.ts'
import type { ProgressEvent } from '../../../agent/buildkit/progress.ts'
import { uploadUrl } from '../../../agent/buildkit/session/upload.ts'
import { solve } from '../../../agent/buildkit/solve.ts'
import type { SolveOptions } from '../../../agent/buildkit/solve-options.ts'
import { startTestDaemon, type TestDaemon } from '../../buildkit/daemon.ts'
import { solving } from '../../buildkit/solving.ts'
import type { SimulatedNodeConfig } from './node-classes.ts'
import {
  type CdiSpec,
  createSimulatedNode,
  type NvidiaTools,
  type SimulatedNode,
} from './simulated-node.ts'
import { resolveGpuTools } from './tools.ts'

export interface ProbingOptions {
  /** Built from the context, which is a root file system; `FROM scratch` and `COPY . /` when not given. */
  readonly dockerfile?: string
  /** A tar. */
  readonly root: Uint8Array
  /** CDI name of the device that is granted. */
  readonly device: string
  readonly limitSeconds?: { readonly driver: number; readonly frameworks: number }
  readonly minFreeMib?: number
  /** @param attempt counted from 1. */
  readonly beforeAttempt?: (attempt: number) => Promise<void>
  readonly exporters?: SolveOptions['exporters']
  /** While the solve still runs. */
  readonly afterAttempts?: (attempts: readonly ProbeAttempt[]) => Promise<void>
  /** Whether the driver is probed without the image as well, at the end. */
  readonly apart?: boolean
  readonly marginSeconds?: number
}

export interface Probed {
  readonly attempts: readonly ProbeAttempt[]
  /** What was found without the image, where that was asked for. */
  readonly apart: ProbeAttempt | undefined
  readonly events: readonly ProgressEvent[]
  /** The image's environment as it was built. */
  readonly env: readonly string[]
}

/** A build daemon that can give GPUs, with what probes need. */
export interface Probing extends AsyncDisposable {
  readonly daemon: TestDaemon
  readonly probe: string
  readonly nvidia: NvidiaTools
  /** Folder of the compiled stand-ins. */
  readonly driver: string
  /** Adds a node to the machine; its devices are known to the daemon from then on. */
  addNode(name: string, config: SimulatedNodeConfig): Promise<SimulatedNode>
  /** Replaces what the daemon knows of a node's devices, or of any under that name. */
  publish(name: string, spec: CdiSpec): Promise<void>
  run(options: ProbingOptions): Promise<Probed>
}

const wholeRoot = 'FROM scratch\nCOPY . /\n'

export async function startProbing(): Promise<Probing> {
  await using stack = new AsyncDisposableStack()
  const { nvidia, probe, driver } = await resolveGpuTools()
  const folder = await mkdtemp(join(tmpdir(), 'kiln-gpu-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const daemon = stack.use(await startTestDaemon())
  const tools: ProbeTools = {
    'cuda-probe': await readFile(probe),
    'framework-probe.py': await readFile(
      join(import.meta.dirname, '../../../agent/cuda/probe/framework-probe.py'),
    ),
  }
  const publish = async (name: string, spec: CdiSpec) =>
    writeFile(join(daemon.cdiDir, `${name}.json`), JSON.stringify(spec))
  await mkdir(join(folder, 'nodes'))
  const owned = stack.move()
  return {
    daemon,
    probe,
    nvidia,
    driver,
    publish,
    addNode: async (name, config) => {
      const root = join(folder, 'nodes', name)
      const node = await createSimulatedNode(driver, nvidia, root, config)
      await publish(name, node.spec)
      return node
    },
    run: async (options) => {
      const room = options.apart === true ? await readCleanRoom(probe) : undefined
      return runProbe(daemon, { tools, room }, options)
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

async function runProbe(
  daemon: TestDaemon,
  { tools, room }: Pick<ProbeOptions, 'tools' | 'room'>,
  options: ProbingOptions,
): Promise<Probed> {
  const probe = createImageProbe({
    tools,
    device: options.device,
    newNonce: randomUUID,
    limitSeconds: options.limitSeconds ?? { driver: 20, frameworks: 60 },
    minFreeMib: options.minFreeMib ?? 512,
    room,
    ...(options.marginSeconds !== undefined && { marginSeconds: options.marginSeconds }),
  })
  const base = solving(daemon.address, options.dockerfile ?? wholeRoot)
  const events: ProgressEvent[] = []
  let attempts: readonly ProbeAttempt[] = []
  let apart: ProbeAttempt | undefined
  let env: readonly string[] = []
  await solve({
    ...base,
    frontendAttrs: {
      ...base.frontendAttrs,
      context: uploadUrl('context.tar'),
      dockerfilekey: 'dockerfile',
    },
    directories: { ...base.directories, ...probe.directories },
    uploads: { 'context.tar': async () => chunked(options.root) },
    entitlements: probe.entitlements,
    exporters: options.exporters ?? [],
    gate: async (gateway, built) => {
      const config = JSON.parse(
        Buffer.from(built.result.metadata['containerimage.config'] ?? []).toString(),
      ) as { config?: { Env?: string[] } }
      env = config.config?.Env ?? []
      let attempt = 0
      const buildOn: Gateway['buildOn'] = async (...args) => {
        await options.beforeAttempt?.(++attempt)
        return gateway.buildOn(...args)
      }
      attempts = await probe.run({ ...gateway, buildOn }, built)
      apart = await probe.runApart(gateway, built)
      await options.afterAttempts?.(attempts)
    },
    onProgress: (event) => {
      events.push(event)
      probe.onProgress(event)
    },
  })
  return { attempts, apart, events, env }
}

async function* chunked(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
