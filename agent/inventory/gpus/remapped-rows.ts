import type { NodeFinding } from '#contract/node.ts'
import { gpuFinding } from './finding.ts'
import { numberOf, parseRows } from './parse-rows.ts'

const fields = ['gpu_uuid', 'remapped_rows.pending', 'remapped_rows.failure'] as const

export const remappedRowsQuery = [
  `--query-remapped-rows=${fields.join(',')}`,
  '--format=csv,noheader,nounits',
] as const

/** What memory that went bad means for a GPU; cards before Ampere answer `[N/A]`. */
export function judgeRemappedRows(csv: string): readonly NodeFinding[] {
  return parseRows(csv, fields).flatMap((row) => [
    ...(isSet(row['remapped_rows.failure'])
      ? [gpuFinding(row.gpu_uuid, 'GPU_ROW_REMAP_FAILED')]
      : []),
    ...(isSet(row['remapped_rows.pending'])
      ? [gpuFinding(row.gpu_uuid, 'GPU_ROW_REMAP_PENDING')]
      : []),
  ])
}

/** Drivers print a count or a word. */
function isSet(value: string): boolean {
  return value === 'Yes' || (numberOf(value) ?? 0) > 0
}
