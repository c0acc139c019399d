import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const everyMs = 200

/** The arguments of every process of this machine, looked at several times a second while `work` goes on. */
export async function watchArguments(work: Promise<unknown>): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const done = work.then(() => true)
  do {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      seen.add(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''))
    }
  } while (!(await Promise.race([done, sleep(everyMs, false)])))
  return seen
}
