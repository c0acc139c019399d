import type { ImageFacts } from '#contract/image-facts.ts'
import { distinct, type Finding, finding, type Verdict, verdictOf } from './judgement.ts'
import type { NodeClass } from './node-class.ts'
import { judgeCode } from './rules/code.ts'
import { judgeDriver } from './rules/driver.ts'
import { judgeImage } from './rules/image.ts'
import { judgeLibraries } from './rules/libraries.ts'
import { judgeRequirements } from './rules/requirements.ts'
import { speaksOfCuda } from './stacks.ts'

export interface Judgement {
  readonly verdict: Verdict
  readonly reasons: readonly Finding[]
}

const rules = [judgeImage, judgeDriver, judgeRequirements, judgeCode, judgeLibraries]

/** Whether an image runs on nodes of a class, computed from its files. Pure; the same input gives the same answer. */
export function judge(facts: ImageFacts, node: NodeClass): Judgement {
  if (!speaksOfCuda(facts)) return { verdict: 'not_gpu', reasons: [finding('IMAGE_NOT_GPU')] }
  const reasons = distinct(rules.flatMap((rule) => rule(facts, node)))
  return { verdict: verdictOf(reasons), reasons }
}
