import { setInCgroup } from './set-in-cgroup.ts'

/** A tenth of what a group has by default, in the words of both versions of cgroups. */
const shares = { 'cpu.shares': '100', 'cpu.weight': '10' } as const

/**
 * Gives everything in a cgroup a small share of a processor that others want as well. Builds that keep every processor
 * busy would otherwise hold the agent up until its lease is over: four steps that print without end were seen to let
 * nothing else run for 15 s. An idle processor is theirs all the same.
 */
export async function yieldProcessor(cgroup: string): Promise<void> {
  await setInCgroup(cgroup, shares)
}
