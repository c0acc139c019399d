import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cdiFolders, ownCdiFolder, readGpuSpecs } from '../../agent/daemon/cdi-files.ts'
import { run } from '../../process/run.ts'
import type { Settings } from '../config.ts'
import type { Report } from '../report.ts'
import { resolveCudaProbe } from '../resolve/cuda-probe.ts'
import { locateAll, resolveAll } from '../resolve/resolve.ts'

const limitMs = 60_000
const maxOutput = 4 * 1024 * 1024

/** Whether this machine has a driver of NVIDIA's. */
function hasDriver({ gpuRoot }: Settings): boolean {
  return existsSync(join('/', gpuRoot, 'dev/nvidiactl'))
}

/**
 * What the agent in `directory` needs to prove images on this machine's GPUs: the CUDA probe, and a CDI specification
 * where there is none. @returns the probe; `undefined` on a machine without GPUs, where nothing is fetched for them.
 */
export async function prepareGpus(
  directory: string,
  settings: Settings,
  report: Report,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!hasDriver(settings) && settings.resolve.cudaProbe === undefined) return undefined
  const probe = await resolveCudaProbe(settings.resolve, report, signal)
  if (!hasDriver(settings)) return probe
  await describeGpus(directory, settings, report, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    // The agent finds out as well, and says so of the node.
    const why = error instanceof Error ? error.message : String(error)
    report.say(`the GPUs of this machine could not be described to containers: ${why}`)
  })
  return probe
}

/** Written anew at each start: after an update of the driver the old one names files that are gone. */
async function describeGpus(
  directory: string,
  settings: Settings,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const own = ownCdiFolder(directory)
  const file = join(own, 'nvidia.json')
  await rm(file, { force: true })
  const given = await readGpuSpecs(cdiFolders(directory))
  for (const { path, spec } of given) {
    if (spec === undefined) report.say(`${path} is no CDI specification: it is passed over`)
  }
  if (given.some(({ spec }) => spec !== undefined && spec.devices.length > 0)) return
  const text = await generateSpec(settings, report, signal)
  await mkdir(own, { recursive: true, mode: 0o700 })
  await writeFile(file, text)
  report.say(`nvidia-ctk: described this machine's GPUs in ${file}`)
}

async function generateSpec(
  { resolve, gpuRoot: root, environment }: Settings,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  const names = ['nvidia-ctk'] as const
  const located = await locateAll(names, resolve)
  const resolved = await resolveAll(names, located, resolve, report, signal)
  const { 'nvidia-ctk': ctk = '', 'nvidia-cdi-hook': hook = '' } = resolved.get('nvidia-ctk') ?? {}
  const generate = ['--quiet', 'cdi', 'generate', '--mode=nvml', '--format=json']
  const where = [
    `--nvidia-cdi-hook-path=${hook}`,
    ...(root === '' ? [] : [`--driver-root=${root}`, `--dev-root=${root}`]),
  ]
  const options = { limitMs, maxOutput, environment, signal }
  return (await run(ctk, [...generate, ...where], options)).stdout
}
