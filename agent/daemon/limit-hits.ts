import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What a step had too much of. */
export type StepLimit = 'memory' | 'processes'

/** A step that has failed. */
export interface EndedStep {
  /** Whether this is its command: the words with blanks between. */
  readonly runs: (command: string) => boolean
  readonly started: Date
  readonly completed: Date
}

/** The end of a container may be this much older than that of its step, however busy the machine is. */
const keptMs = 60_000

/** The limit that the step met, by the files that `stepRunc` makes. Those of long ago are removed. */
export async function findLimitHit(
  folder: string,
  { runs, started, completed }: EndedStep,
): Promise<StepLimit | undefined> {
  const met = new Set<StepLimit>()
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const limit = (['memory', 'processes'] as const).find((each) => name.endsWith(`.${each}`))
    // Somebody else may remove it meanwhile.
    const at = (await stat(path).catch(() => undefined))?.mtimeMs
    if (limit === undefined || at === undefined) continue
    const isWithin = at >= started.getTime() && at <= completed.getTime()
    if (isWithin && runs(await readCommand(path))) met.add(limit)
    if (completed.getTime() - at > keptMs) await rm(path, { force: true })
  }
  // Who has no memory left is refused processes as well.
  return met.has('memory') ? 'memory' : [...met][0]
}

/** Empty where the file is not written yet: then it is none of the step's, which has ended. */
async function readCommand(path: string): Promise<string> {
  try {
    const words: unknown = JSON.parse(`[${await readFile(path, 'utf8')}]`)
    return Array.isArray(words) ? words.join(' ') : ''
  } catch {
    return ''
  }
}
