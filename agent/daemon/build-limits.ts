import { readFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { Say } from '../../process/say.ts'
import { setInCgroup } from './set-in-cgroup.ts'

/** The most that a cgroup may hold at once. */
export interface CgroupLimits {
  /** Bytes, files in memory and kernel structures included. Nothing is moved out to swap beyond it. */
  readonly memory: number
  /** Threads count, as they do for the kernel. */
  readonly processes: number
}

/** What the operator sets for the steps of each project. */
export interface StepLimitSettings {
  readonly processes: number
  /** Nearly all of the node when absent. */
  readonly memory: number | undefined
}

const smallestReserve = 1024 ** 3

/** All that this machine has. */
export async function readMachine(): Promise<CgroupLimits> {
  const pids = ['/proc/sys/kernel/pid_max', '/proc/sys/kernel/threads-max']
  const numbers = await Promise.all(pids.map(async (file) => Number(await readFile(file, 'utf8'))))
  // Zero, or more than there is, where this process has no limit of its own.
  const own = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return { memory: Math.min(totalmem(), own), processes: Math.min(...numbers) }
}

/**
 * What builds may use of a machine: `steps` of one project, and `node` all of them with their daemons. The rest is for
 * the node's own processes, which the kernel would else choose from when memory runs out. A project meets its own limit
 * first, so that what it takes too much of is taken from itself.
 */
export function buildLimits(
  machine: CgroupLimits,
  settings: StepLimitSettings,
): { readonly node: CgroupLimits; readonly steps: CgroupLimits } {
  const reserve = Math.min(Math.max(machine.memory / 10, smallestReserve), machine.memory / 2)
  const node = {
    memory: Math.floor(machine.memory - reserve / 2),
    processes: Math.floor(machine.processes * 0.75),
  }
  const memory = settings.memory ?? Math.floor(machine.memory - reserve)
  const steps = {
    memory: Math.min(memory, node.memory),
    processes: Math.min(settings.processes, node.processes),
  }
  return { node, steps }
}

/** Sets the limits of a cgroup, which is made when it is missing. What this machine cannot limit is told. */
export async function limitCgroup(
  cgroup: string,
  { memory, processes }: CgroupLimits,
  say: Say,
): Promise<void> {
  const written = await setInCgroup(cgroup, {
    'memory.limit_in_bytes': String(memory),
    'memory.memsw.limit_in_bytes': String(memory),
    'memory.max': String(memory),
    'memory.swap.max': '0',
    'pids.max': String(processes),
  })
  const bounded = {
    memory: written.has('memory.limit_in_bytes') || written.has('memory.max'),
    processes: written.has('pids.max'),
  }
  for (const [what, isBounded] of Object.entries(bounded))
    if (!isBounded) say(`${cgroup}: no cgroup of this machine bounds ${what}`)
}
