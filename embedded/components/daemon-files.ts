import { join } from 'node:path'
import type { State } from '../state.ts'

/** Where a child's log and pid are kept. */
export function daemonFiles(state: State, name: string): { logFile: string; pidFile: string } {
  return { logFile: join(state.logs, `${name}.log`), pidFile: join(state.pids, `${name}.pid.json`) }
}
