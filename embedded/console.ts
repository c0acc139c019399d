import { createHash } from 'node:crypto'
import { glob, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { takeFileLock } from '../process/file-lock.ts'
import { run } from '../process/run.ts'
import type { Settings } from './config.ts'
import type { Report } from './report.ts'

const limitMs = 5 * 60_000
const lockedMs = 10 * 60_000

/** What the console is made of. Whatever else changes leaves it as it was built. */
const sources = [
  'console/{index.html,vite.config.ts,tsconfig.json}',
  'console/{src,public}/**/*',
  '{contract,client}/**/*.ts',
  'package-lock.json',
]

/** Builds the console unless it is there as its sources make it. @throws ProcessError when it cannot be built. */
export async function ensureConsole(
  { repository, resolve, environment }: Pick<Settings, 'repository' | 'resolve' | 'environment'>,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const mark = join(repository, 'console/dist/.sources')
  const sum = await sumSources(repository)
  if (await isMarked(mark, sum)) return
  await using _ = await takeFileLock(join(resolve.cacheDir, 'locks', 'console'), {
    limitMs: lockedMs,
    signal,
    onWait: (pid) => report.say(`console: pid ${pid} is building it, waiting`),
  })
  if (await isMarked(mark, sum)) return
  using progress = report.progress('building the console')
  const vite = join(repository, 'node_modules/vite/bin/vite.js')
  const args = [vite, 'build', '--logLevel', 'warn', 'console']
  await run(process.execPath, args, { cwd: repository, environment, limitMs, signal })
  await writeFile(mark, sum)
  report.say(`built the console in ${progress.seconds()} s`)
}

async function isMarked(mark: string, sum: string): Promise<boolean> {
  return (await readFile(mark, 'utf8').catch(() => undefined)) === sum
}

async function sumSources(cwd: string): Promise<string> {
  const files: string[] = []
  for await (const file of glob(sources, { cwd })) {
    if (!file.endsWith('.test.ts')) files.push(file)
  }
  const sum = createHash('sha256')
  for (const file of files.toSorted()) {
    const path = join(cwd, file)
    if (!(await stat(path)).isFile()) continue
    sum.update(`${file}\0`).update(await readFile(path))
  }
  return sum.digest('hex')
}
