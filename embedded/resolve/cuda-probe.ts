import { createHash } from 'node:crypto'
import { access, constants, mkdir, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ResolveSettings } from '../config.ts'
import { type Platform, zig } from '../pins.ts'
import { Problem } from '../problem.ts'
import { takeFileLock } from '../../process/file-lock.ts'
import type { Report } from '../report.ts'
import { createFolder, platform } from './cache.ts'
import { fetchZig } from './zig-build.ts'

const lockLimitMs = 30 * 60_000
const program = 'cuda-probe'

/** The sources lie with the agent, which runs the probe; nothing of it is called from here. */
const sources = join(import.meta.dirname, '..', '..', 'agent', 'cuda', 'probe')

/** glibc 2.17 of 2012: what is linked against it starts in every image that CUDA runs in. */
const targets: Readonly<Record<Platform, string>> = {
  'linux-amd64': 'x86_64-linux-gnu.2.17',
  'linux-arm64': 'aarch64-linux-gnu.2.17',
}

/** Without a build id, debug information or time the same sources always make the same bytes. */
const flags = ['-std=c11', '-O2', '-s', '-Wall', '-Wextra', '-Werror', '-Wl,--build-id=none']
const libraries = ['-ldl', '-lm']

/** Where the probe for this machine's processor lies, built when it is not there yet. */
export async function resolveCudaProbe(
  settings: ResolveSettings,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  if (settings.cudaProbe !== undefined) return findConfigured(settings.cudaProbe)
  const folder = await probeFolder(settings)
  const path = join(folder, platform(), program)
  if (await isProgram(path)) return path
  await using _ = await takeFileLock(join(settings.cacheDir, 'locks', program), {
    limitMs: lockLimitMs,
    signal,
    onWait: (pid) => report.say(`${program}: pid ${pid} is building it, waiting`),
  })
  if (!(await isProgram(path))) await buildCudaProbe(folder, settings, report, signal)
  return path
}

/** Builds the probe for every platform into `folder`. */
export async function buildCudaProbe(
  folder: string,
  settings: ResolveSettings,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  report.say(`${program}: building with ${zig.name} ${zig.version} (100 MB to fetch)`)
  using progress = report.progress(`building ${program}`)
  const units = (await sourceFiles()).filter((name) => name.endsWith('.c'))
  await createFolder(folder, async (temporary) => {
    await using compiler = await fetchZig(folder, settings, report, signal)
    for (const [name, target] of Object.entries(targets)) {
      await mkdir(join(temporary, name))
      const output = ['-o', join(temporary, name, program)]
      await compiler.compile(
        ['-target', target, ...flags, ...output, ...units, ...libraries],
        sources,
      )
    }
  })
  report.say(`${program}: built in ${progress.seconds()} s`)
}

async function findConfigured(configured: string): Promise<string> {
  const path = resolve(configured)
  if (await isProgram(path)) return path
  throw new Problem([`KILN_CUDA_PROBE_BIN=${configured} is not a program`])
}

/** Named by the sources, the compiler and how it is called, so that a changed line never finds an old probe. */
async function probeFolder({ cacheDir }: ResolveSettings): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ zig, targets, flags, libraries }))
  for (const name of await sourceFiles())
    hash.update(name).update(await readFile(join(sources, name)))
  return join(cacheDir, 'components', `${program}-${hash.digest('hex').slice(0, 12)}`)
}

async function sourceFiles(): Promise<readonly string[]> {
  return (await readdir(sources)).filter((name) => /\.[ch]$/.test(name)).toSorted()
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
