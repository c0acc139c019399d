import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResolveSettings } from '../config.ts'
import { zig } from '../pins.ts'
import { Problem } from '../problem.ts'
import { ProcessError, run } from '../../process/run.ts'
import type { Report } from '../report.ts'
import { installPackages } from './system-packages.ts'

const fetchLimitMs = 15 * 60_000
const compileLimitMs = 5 * 60_000

export interface Compiler extends AsyncDisposable {
  compile(args: readonly string[], cwd: string): Promise<void>
}

/**
 * Fetches the pinned C compiler with pip, which checks its hash, into a folder beside `folder`; disposing removes it
 * again (400 MB). @throws Problem when there is no pip and none can be installed.
 */
export async function fetchZig(
  folder: string,
  settings: ResolveSettings,
  report: Report,
  signal: AbortSignal,
): Promise<Compiler> {
  const { environment } = settings
  await ensurePip(settings, report, signal)
  const home = await mkdtemp(`${folder}.zig-`)
  await using stack = new AsyncDisposableStack()
  stack.defer(async () => rm(home, { recursive: true, force: true }))
  const list = join(home, 'requirements.txt')
  const hashes = Object.values(zig.sha256).map((hash) => `--hash=sha256:${hash}`)
  await writeFile(list, `${zig.name}==${zig.version} ${hashes.join(' ')}\n`)
  const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check']
  const exactly = ['--no-deps', '--no-compile', '--only-binary=:all:', '--require-hashes']
  await run('python3', [...install, ...exactly, '--target', home, '-r', list], {
    environment,
    limitMs: fetchLimitMs,
    signal,
  })
  const caches = {
    ZIG_GLOBAL_CACHE_DIR: join(home, 'cache'),
    ZIG_LOCAL_CACHE_DIR: join(home, 'cache'),
  }
  const owned = stack.move()
  return {
    compile: async (args, cwd) => {
      const options = {
        environment: { ...environment, ...caches },
        limitMs: compileLimitMs,
        signal,
      }
      await run(join(home, 'ziglang', 'zig'), ['cc', ...args], { ...options, cwd })
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

async function ensurePip(
  { environment }: ResolveSettings,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const hasPip = async () =>
    run('python3', ['-m', 'pip', '--version'], { limitMs: 20_000, environment }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ProcessError) return false
        throw error
      },
    )
  if (await hasPip()) return
  const why = 'the compiler of the CUDA probe is fetched with pip'
  await installPackages(['python3', 'python3-pip'], why, environment, report, signal)
  if (!(await hasPip())) throw new Problem([`${why}: python3 -m pip does not work here`])
}
