import { readdir, readFile } from 'node:fs/promises'

/** Whether a process with exactly this command line, or a shell around it, runs on this machine. */
export async function isRunning(command: string): Promise<boolean> {
  return (await countRunning(command)) > 0
}

/** How many processes with exactly this command line, or shells around it, run on this machine. */
export async function countRunning(command: string): Promise<number> {
  return (await findRunning(command)).length
}

/** Their process ids. */
export async function findRunning(command: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return pids.filter((_, at) => lines[at]?.replaceAll('\0', ' ').trim().endsWith(command))
}
