import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResolveSettings } from '../../../embedded/config.ts'
import { createReport } from '../../../embedded/report.ts'
import { createFolder, findBinaries } from '../../../embedded/resolve/cache.ts'
import { fetchZig } from '../../../embedded/resolve/zig-build.ts'
import { run } from '../../../process/run.ts'

const sources = join(import.meta.dirname, '..', 'sim')
const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror']
const shared = (soname: string) => [
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  `-Wl,-soname,${soname}`,
]

/** What is made of which sources. The incomplete libcuda lacks one symbol that the probe needs. */
const outputs: Readonly<Record<string, readonly string[]>> = {
  'libcuda.so': [...shared('libcuda.so.1'), 'libcuda.c', 'sim.c', '-lm'],
  'libcuda-incomplete.so': [
    ...shared('libcuda.so.1'),
    '-DWITHOUT_LAUNCH',
    'libcuda.c',
    'sim.c',
    '-lm',
  ],
  'libnvidia-ml.so': [...shared('libnvidia-ml.so.1'), 'libnvidia-ml.c', 'sim.c'],
  'nvidia-smi': ['nvidia-smi.c', 'sim.c'],
}

/** Compiles the stand-in for the driver for arm64, with the compiler that the probe is built with. @returns its folder. */
export async function buildArm64Driver(settings: ResolveSettings): Promise<string> {
  const name = 'libcuda.so'
  const args = ['-target', 'aarch64-linux-gnu.2.17', ...flags, ...(outputs[name] ?? [])]
  const folder = await folderFor(settings.cacheDir, args)
  if ((await findBinaries(folder, [name])) !== undefined) return folder
  const signal = new AbortController().signal
  await createFolder(folder, async (temporary) => {
    await using compiler = await fetchZig(folder, settings, createReport(process.stdout), signal)
    await compiler.compile(['-o', join(temporary, name), ...args], sources)
  })
  return folder
}

/** Named by the sources and how they are compiled. */
async function folderFor(cacheDir: string, how: unknown): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(how))
  for (const name of (await readdir(sources)).toSorted())
    hash.update(name).update(await readFile(join(sources, name)))
  await mkdir(cacheDir, { recursive: true })
  return join(cacheDir, 'components', `simulated-gpu-${hash.digest('hex').slice(0, 12)}`)
}

/** Compiles the stand-ins for NVIDIA's driver unless the same sources have been compiled before. @returns their folder. */
export async function buildSimulatedDriver(cacheDir: string): Promise<string> {
  const folder = await folderFor(cacheDir, { flags, outputs, arch: process.arch })
  if ((await findBinaries(folder, Object.keys(outputs))) !== undefined) return folder
  await createFolder(folder, async (temporary) => {
    for (const [name, args] of Object.entries(outputs)) {
      await run('gcc', [...flags, '-o', join(temporary, name), ...args], {
        cwd: sources,
        limitMs: 60_000,
      })
    }
  })
  return folder
}
