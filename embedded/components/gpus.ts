import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../process/run.ts'
import type { Settings } from '../config.ts'
import type { Report } from '../report.ts'
import { resolveCudaProbe } from '../resolve/cuda-probe.ts'
import { locateAll, resolveAll } from '../resolve/resolve.ts'

const limitMs = 60_000
const maxOutput = 4 * 1024 * 1024
/** Where the operator's own specifications lie; they are used as they are. */
const systemFolders = ['/etc/cdi', '/var/run/cdi']

/** Whether this machine has a driver of NVIDIA's, or a probe is given for other reasons. */
function wantsProbe({ resolve }: Settings): boolean {
  return hasDriver() || resolve.cudaProbe !== undefined
}

function hasDriver(): boolean {
  return existsSync('/dev/nvidiactl')
}

/**
 * What the agent needs to prove images on this machine's GPUs: the CUDA probe, and a CDI specification in `folder` where
 * the operator has none. @returns the probe; `undefined` on a machine without GPUs, where nothing is fetched for them.
 */
export async function prepareGpus(
  folder: string,
  settings: Settings,
  report: Report,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!wantsProbe(settings)) return undefined
  const probe = await resolveCudaProbe(settings.resolve, report, signal)
  if (hasDriver()) await describeGpus(folder, settings, report, signal)
  return probe
}

/** Written anew at each start: after an update of the driver the old one names files that are gone. */
async function describeGpus(
  folder: string,
  settings: Settings,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const file = join(folder, 'nvidia.json')
  await rm(file, { force: true })
  if ((await Promise.all(systemFolders.map(describesGpus))).includes(true)) return
  const names = ['nvidia-ctk'] as const
  const located = await locateAll(names, settings.resolve)
  const resolved = await resolveAll(names, located, settings.resolve, report, signal)
  const { 'nvidia-ctk': ctk = '', 'nvidia-cdi-hook': hook = '' } = resolved.get('nvidia-ctk') ?? {}
  const { environment } = settings
  const generate = ['--quiet', 'cdi', 'generate', '--mode=nvml', '--format=json']
  const where = `--nvidia-cdi-hook-path=${hook}`
  const { stdout } = await run(ctk, [...generate, where], { limitMs, maxOutput, environment })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(file, stdout)
  report.say(`nvidia-ctk: described this machine's GPUs in ${file}`)
}

async function describesGpus(folder: string): Promise<boolean> {
  const names = (await readdir(folder).catch(() => [])).filter((name) =>
    /\.(json|ya?ml)$/.test(name),
  )
  const texts = await Promise.all(names.map(async (name) => readFile(join(folder, name), 'utf8')))
  return texts.some((text) => text.includes('nvidia.com/gpu'))
}
