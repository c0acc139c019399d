import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFolder, findBinaries } from '../../../embedded/resolve/cache.ts'
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

/** Compiles the stand-ins for NVIDIA's driver unless the same sources have been compiled before. @returns their folder. */
export async function buildSimulatedDriver(cacheDir: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ flags, outputs, arch: process.arch }))
  for (const name of (await readdir(sources)).toSorted())
    hash.update(name).update(await readFile(join(sources, name)))
  const folder = join(cacheDir, 'components', `simulated-gpu-${hash.digest('hex').slice(0, 12)}`)
  if ((await findBinaries(folder, Object.keys(outputs))) !== undefined) return folder
  await mkdir(cacheDir, { recursive: true })
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
