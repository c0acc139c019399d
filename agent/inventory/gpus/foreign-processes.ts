import type { NodeFinding } from '#contract/node.ts'
import { gpuFinding } from './finding.ts'
import { numberOf, parseRows } from './parse-rows.ts'

const fields = ['gpu_uuid', 'pid', 'used_memory', 'process_name'] as const

export const processesQuery = [
  `--query-compute-apps=${fields.join(',')}`,
  '--format=csv,noheader,nounits',
] as const

/** Tells of each GPU how much memory processes hold that are not the farm's. */
export function judgeProcesses(
  csv: string,
  isOwn: (pid: number) => boolean,
): readonly NodeFinding[] {
  const foreign = parseRows(csv, fields).filter(({ pid }) => !isOwn(Number(pid)))
  return [...Map.groupBy(foreign, ({ gpu_uuid: uuid }) => uuid)].map(([uuid, rows]) => {
    const mib = rows.reduce((sum, row) => sum + (numberOf(row.used_memory) ?? 0), 0)
    const names = rows.map((row) => row.process_name)
    return gpuFinding(uuid, 'GPU_BUSY_FOREIGN', { mib, processes: names.join(', ').slice(0, 200) })
  })
}

/** UUIDs of the GPUs on which processes run that `isOwn` knows. */
export function gpusOf(csv: string, isOwn: (pid: number) => boolean): readonly string[] {
  const own = parseRows(csv, fields).filter(({ pid }) => isOwn(Number(pid)))
  return [...new Set(own.map(({ gpu_uuid: uuid }) => uuid))]
}
