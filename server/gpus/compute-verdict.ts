import type { ImageFacts } from '#contract/image-facts.ts'
import type { ComputedAnswer } from '#contract/verification.ts'
import { judge } from '../../cuda/verdict/judge.ts'
import type { NodeClass } from '../../cuda/verdict/node-class.ts'

const order = ['runs', 'runs_with_notes', 'doubtful', 'will_not_run'] as const

/** The best that the files of an image say of any class of the fleet. Pure. */
export function computeVerdict(
  facts: ImageFacts | undefined,
  fleet: readonly (NodeClass | undefined)[],
): ComputedAnswer {
  if (facts === undefined) return { verdict: 'unknown', reasons: [] }
  if (fleet.length === 0) return { verdict: 'no_gpu_node', reasons: [] }
  const judged = fleet.flatMap((node) =>
    node === undefined ? [] : [{ node, ...judge(facts, node) }],
  )
  for (const verdict of order) {
    const best = judged.find((one) => one.verdict === verdict)
    if (best === undefined) continue
    // A card that the tables do not know may run what the others do not.
    if (verdict === 'will_not_run' && judged.length < fleet.length) break
    const { gpu, driver } = best.node
    return { verdict, reasons: [...best.reasons], on: `${gpu} with driver ${driver}` }
  }
  return { verdict: 'doubtful', reasons: [] }
}
