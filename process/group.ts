import { setTimeout as sleep } from 'node:timers/promises'
import { isGroupAlive } from './identity.ts'

export interface Stopping {
  readonly signal: NodeJS.Signals
  /** How long the group may take before it is killed. */
  readonly graceMs: number
}

/** Sends a signal to a whole process group; false when nobody is left in it. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal)
    return true
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false
    throw error
  }
}

/** Signals the leader alone (daemons stop their own children in order), then kills what is left of the group. */
export async function stopGroup(
  leader: number,
  { signal, graceMs }: Stopping,
): Promise<'stopped' | 'killed'> {
  if (!signalGroup(leader, 0)) return 'stopped'
  signalProcess(leader, signal)
  if (await isGroupGone(leader, graceMs)) return 'stopped'
  signalGroup(leader, 'SIGKILL')
  await isGroupGone(leader, 5000)
  return 'killed'
}

async function isGroupGone(leader: number, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    if (!signalGroup(leader, 0) || !(await isGroupAlive(leader))) return true
    await sleep(20)
  }
  return false
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}

/** As `contract/errno.ts` has it: this folder imports nothing of ours. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
