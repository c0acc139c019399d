import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { ReasonCode } from '../../cuda/tables/reasons.ts'
import { finding } from '../../cuda/verdict/judgement.ts'
import { speaksOfCuda } from '../../cuda/verdict/stacks.ts'
import { type Cell, judgeCell } from '../../matrix/judge-cell.ts'
import type { Known } from '../../matrix/read-known.ts'

const order = ['runs', 'runs_with_notes', 'not_gpu', 'doubtful', 'unknown', 'will_not_run']

export interface NodeCell {
  /** On which of its GPUs; absent when the node has none. */
  readonly gpu?: LeasedGpu
  readonly cell: Cell
}

/** The best that is known of an image on any GPU of a node. Pure. */
export function judgeNode(
  known: Known,
  classes: readonly { readonly gpu: LeasedGpu; readonly arch: string }[],
): NodeCell {
  const cells = classes.map(({ gpu, arch }) => ({ gpu, cell: judgeCell(known, gpu, arch) }))
  const [best] = cells.toSorted(
    (a, b) => order.indexOf(a.cell.verdict) - order.indexOf(b.cell.verdict),
  )
  return best ?? { cell: withoutGpu(known.facts) }
}

function withoutGpu(facts: ImageFacts | undefined): Cell {
  if (facts === undefined) return because('IMAGE_NOT_ANALYSED', 'unknown')
  if (!speaksOfCuda(facts)) return because('IMAGE_NOT_GPU', 'not_gpu')
  return because('NODE_NO_NVIDIA_GPU', 'will_not_run')
}

function because(code: ReasonCode, verdict: Cell['verdict']): Cell {
  const { severity } = finding(code)
  const evidence = verdict === 'unknown' ? 'unknown' : 'computed'
  return { verdict, evidence, reasons: [{ code, severity, params: {} }], suggestion: undefined }
}
