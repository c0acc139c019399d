import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EnvironmentUsage } from '#contract/environment.ts'
import { run } from '../../process/run.ts'
import { joinableFolders } from '../daemon/cgroup.ts'

const duLimitMs = 10 * 60_000

/** What the cgroup of a container has used of processors since it was started, in ms, and uses of memory, in bytes. */
export async function readCgroupUsage(
  cgroup: string,
): Promise<Pick<EnvironmentUsage, 'cpu_ms' | 'memory_bytes'> | undefined> {
  const folders = await joinableFolders(cgroup)
  const read = async (file: string) => {
    const texts = await Promise.all(
      folders.map(async (folder) => readFile(join(folder, file), 'utf8').catch(() => '')),
    )
    return texts.find((text) => text !== '')
  }
  const [stat, nanoseconds, current, inBytes] = await Promise.all(
    ['cpu.stat', 'cpuacct.usage', 'memory.current', 'memory.usage_in_bytes'].map(read),
  )
  const cpu = readCpu(stat, nanoseconds)
  const memory = Number(current ?? inBytes)
  if (cpu === undefined || !Number.isFinite(memory)) return undefined
  return { cpu_ms: cpu, memory_bytes: memory }
}

/** In version 2 of cgroups a line in microseconds, in version 1 a file of its own in nanoseconds. */
function readCpu(stat = '', nanoseconds?: string): number | undefined {
  const microseconds = /^usage_usec (\d+)$/m.exec(stat)?.[1]
  if (microseconds !== undefined) return Math.round(Number(microseconds) / 1000)
  return nanoseconds === undefined ? undefined : Math.round(Number(nanoseconds) / 1_000_000)
}

/**
 * What the files of a folder take of the disk, in bytes; those with several names once. What comes and goes meanwhile may
 * count or not. @throws ProcessError also when there is no such folder.
 */
export async function readDiskUse(
  folder: string,
  signal: AbortSignal,
  limitMs = duLimitMs,
): Promise<number> {
  const { stdout } = await run('sh', ['-c', countAll, 'sh', folder], { limitMs, signal })
  return Number(stdout.split('\t')[0])
}

/** It ends with 1 as soon as a file has gone before its turn came, and has counted all others by then. */
const countAll = `
total=$(du --summarize --one-file-system --block-size=1 -- "$1") || [ $? -eq 1 ] && [ -n "$total" ] || exit 1
printf '%s\n' "$total"`
