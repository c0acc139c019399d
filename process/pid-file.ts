import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { stopGroup, type Stopping } from './group.ts'
import { isSameProcess, readIdentity, type ProcessIdentity } from './identity.ts'
import type { Say } from './say.ts'

const content = z.object({
  pid: z.int().positive(),
  boot: z.string(),
  startTicks: z.number(),
  signal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT']),
  graceMs: z.number(),
})

export type RecordedProcess = z.infer<typeof content>

/** Remembers a child so that the next start can find it if this launcher is killed. */
export async function writePidFile(path: string, pid: number, stopping: Stopping): Promise<void> {
  const identity = await readIdentity(pid)
  if (identity === undefined) return
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, JSON.stringify({ ...identity, ...stopping }))
  await rename(temporary, path)
}

async function readPidFile(path: string): Promise<RecordedProcess | undefined> {
  try {
    return content.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    // A file cut short by a crash names nobody.
    return undefined
  }
}

/** Stops what an earlier launcher left running, last started first. */
export async function stopLeftovers(folder: string, say: Say): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pid.json'))
  const found: { path: string; name: string; recorded: RecordedProcess }[] = []
  for (const file of names) {
    const path = join(folder, file)
    const recorded = await readPidFile(path)
    if (recorded !== undefined && (await isSameProcess(recorded))) {
      found.push({ path, name: basename(file, '.pid.json'), recorded })
    } else {
      await rm(path, { force: true })
    }
  }
  for (const { path, name, recorded } of found.toSorted(byStart)) {
    say(`stopping ${name} (pid ${recorded.pid}), left behind by a launcher that was killed`)
    await stopGroup(recorded.pid, recorded)
    await rm(path, { force: true })
  }
}

function byStart(a: { recorded: ProcessIdentity }, b: { recorded: ProcessIdentity }): number {
  return b.recorded.startTicks - a.recorded.startTicks
}
