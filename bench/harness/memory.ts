import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const everyMs = 100

/** Memory of a process in MB: all that is in RAM, and the part of it that no file stands behind. */
export interface Memory {
  readonly resident: number
  readonly anonymous: number
}

/** Both in words. */
export function describeMemory({ resident, anonymous }: Memory): string {
  return `${resident.toFixed(0)} MB (${anonymous.toFixed(0)} MB its own)`
}

/** The memory of a process of the farm, by the name of its pid file. */
export async function readMemory(stateDir: string, name: string): Promise<Memory> {
  const file = await readFile(join(stateDir, 'run', `${name}.pid.json`), 'utf8')
  const { pid } = JSON.parse(file)
  const status = await readFile(`/proc/${Number(pid)}/status`, 'utf8')
  const field = (key: string) => {
    const kilobytes = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
    return (Number(kilobytes) * 1024) / 1e6
  }
  return { resident: field('VmRSS'), anonymous: field('RssAnon') }
}

/** The most of several processes while `work` runs, looked at ten times a second. */
export async function peakMemory(
  stateDir: string,
  names: readonly string[],
  work: Promise<unknown>,
): Promise<ReadonlyMap<string, Memory>> {
  const peaks = new Map<string, Memory>()
  const done = work.then(() => true)
  while (!(await Promise.race([done, sleep(everyMs, false)]))) {
    for (const name of names) {
      const { resident, anonymous } = await readMemory(stateDir, name)
      const peak = peaks.get(name) ?? { resident: 0, anonymous: 0 }
      peaks.set(name, {
        resident: Math.max(peak.resident, resident),
        anonymous: Math.max(peak.anonymous, anonymous),
      })
    }
  }
  return peaks
}
