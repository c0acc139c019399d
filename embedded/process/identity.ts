import { readFile } from 'node:fs/promises'

/** Tells one process from a later one that got the same pid, also after a reboot. */
export interface ProcessIdentity {
  readonly pid: number
  readonly boot: string
  /** Clock ticks since boot. */
  readonly startTicks: number
}

/** Undefined when there is no such process, or only its zombie. */
export async function readIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ])
    // The second field is the name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTicks] = [fields[0], Number(fields[19])]
    if (state === 'Z' || state === 'X') return undefined
    return { pid, boot: boot.trim(), startTicks }
  } catch {
    // Gone between two reads is gone.
    return undefined
  }
}

export async function isSameProcess(known: ProcessIdentity): Promise<boolean> {
  const now = await readIdentity(known.pid)
  return now?.startTicks === known.startTicks && now.boot === known.boot
}
