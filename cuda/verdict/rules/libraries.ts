import type { ImageFacts } from '#contract/image-facts.ts'
import { type Capability, findCapability } from '../../tables/capabilities.ts'
import { findTargets } from '../../tables/toolkit-targets.ts'
import { compareVersions } from '../../tables/version.ts'
import { type Finding, finding } from '../judgement.ts'
import type { NodeClass } from '../node-class.ts'
import { type Stack, stacksOf } from '../stacks.ts'
import { parseTarget, targetOf } from '../targets.ts'

/** Do the CUDA libraries know the card: not yet, or no longer? */
export function judgeLibraries(facts: ImageFacts, node: NodeClass): readonly Finding[] {
  const row = findCapability(node.capability)
  if (row === undefined) return []
  return stacksOf(facts).flatMap((stack) => judgeStack(stack, row))
}

function judgeStack(stack: Stack, row: Capability): readonly Finding[] {
  const { cuda } = stack
  const { architecture, native, last } = row
  if (compareVersions(native, cuda) > 0) {
    const severity = hasSameMajor(stack, row) ? 'note' : 'unsure'
    return [finding('ARCH_NEWER_THAN_TOOLKIT', { cuda, native }, severity)]
  }
  if (last === undefined || compareVersions(cuda, last) <= 0) return []
  return [finding('GPU_DROPPED_BY_TOOLKIT', { cuda, architecture, last })]
}

/** Code for an earlier card of the same major version runs on this one. */
function hasSameMajor({ framework, cuda }: Stack, { capability }: Capability): boolean {
  const major = parseTarget(targetOf(capability))?.major
  const targets = framework?.code?.sm ?? findTargets(cuda)?.targets ?? []
  return targets.some((target) => parseTarget(target)?.major === major)
}
