import { readdir, readFile } from 'node:fs/promises'

/** Tells one process from a later one that got the same pid, also after a reboot. */
export interface ProcessIdentity {
  readonly pid: number
  readonly boot: string
  /** Clock ticks since boot. */
  readonly startTicks: number
}

/** Undefined when there is no such process, or only its zombie. */
export async function readIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  const [stat, boot] = await Promise.all([
    readStat(pid),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  ])
  return stat && { pid, boot: boot.trim(), startTicks: stat.startTicks }
}

/**
 * Whether anything in a process group still runs. A zombie does not, although the kernel delivers signals to it until
 * pid 1 reaps it, which in a container without an init is never.
 */
export async function isGroupAlive(leader: number): Promise<boolean> {
  if ((await readStat(leader)) !== undefined) return true
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger)
  const stats = await Promise.all(pids.map(readStat))
  return stats.some((stat) => stat?.group === leader)
}

async function readStat(pid: number): Promise<{ group: number; startTicks: number } | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return { group: Number(fields[2]), startTicks: Number(fields[19]) }
  } catch {
    // Gone between two reads is gone.
    return undefined
  }
}

export async function isSameProcess(known: ProcessIdentity): Promise<boolean> {
  const now = await readIdentity(known.pid)
  return now?.startTicks === known.startTicks && now.boot === known.boot
}
