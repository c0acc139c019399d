import { createHash } from 'node:crypto'
import { glob, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { takeFileLock } from '../process/file-lock.ts'
import { run } from '../process/run.ts'
import type { Settings } from './config.ts'
import type { Report } from './report.ts'

const limitMs = 5 * 60_000
const lockedMs = 10 * 60_000

/** A part of this repository that is made from sources beside it. Paths are relative to the repository. */
export interface BuiltPart {
  readonly name: string
  /** What it is made of, as patterns. Whatever else changes leaves it as it was built. */
  readonly sources: readonly string[]
  /** Arguments for Node.js. */
  readonly command: readonly [program: string, ...args: string[]]
  /** Where the sum of the sources is kept that it was built of, in a folder that the build makes. */
  readonly mark: string
}

/** Builds it unless it is there as its sources make it. @throws ProcessError when it cannot be built. */
export async function buildOnce(
  { name, sources, command: [program, ...args], mark }: BuiltPart,
  { repository, resolve, environment }: Pick<Settings, 'repository' | 'resolve' | 'environment'>,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const markFile = join(repository, mark)
  const sum = await sumSources(repository, sources)
  if (await isMarked(markFile, sum)) return
  await using _ = await takeFileLock(join(resolve.cacheDir, 'locks', name), {
    limitMs: lockedMs,
    signal,
    onWait: (pid) => report.say(`${name}: pid ${pid} is building it, waiting`),
  })
  if (await isMarked(markFile, sum)) return
  using progress = report.progress(`building the ${name}`)
  const command = [join(repository, program), ...args]
  await run(process.execPath, command, { cwd: repository, environment, limitMs, signal })
  await writeFile(markFile, sum)
  report.say(`built the ${name} in ${progress.seconds()} s`)
}

async function isMarked(mark: string, sum: string): Promise<boolean> {
  return (await readFile(mark, 'utf8').catch(() => undefined)) === sum
}

async function sumSources(cwd: string, sources: readonly string[]): Promise<string> {
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
