import type { ImageFacts } from '#contract/image-facts.ts'
import { jitFrameworks } from '../../tables/jit-frameworks.ts'
import { isAtLeast, majorOf } from '../../tables/version.ts'
import { type Finding, finding } from '../judgement.ts'
import type { NodeClass } from '../node-class.ts'
import { describeStack, type Stack, stacksOf } from '../stacks.ts'
import { describeCode, fitOf, targetOf } from '../targets.ts'

/** Is there code for this card in what the image would run? */
export function judgeCode(facts: ImageFacts, node: NodeClass): readonly Finding[] {
  return [
    ...stacksOf(facts).flatMap((stack) => judgeStack(stack, node)),
    ...facts.code.flatMap((file) => judgeFile(file, node)),
  ]
}

function judgeStack(stack: Stack, node: NodeClass): readonly Finding[] {
  const { framework } = stack
  if (framework === undefined) return []
  const about = { ...describeStack(stack), target: targetOf(node.capability) }
  if (framework.code === undefined) {
    const { floor } = findJit(framework.name, stack.cuda) ?? {}
    if (floor === undefined || isAtLeast(node.capability, floor)) return []
    const has = `sm_${targetOf(floor)} and newer`
    return [finding('ARCH_NOT_IN_FRAMEWORK', { ...about, has })]
  }
  const fit = fitOf(framework.code, node.capability, node.cuda)
  if (fit === 'native') return []
  if (fit === 'jit') return [finding('PTX_JIT', about)]
  return [finding('ARCH_NOT_IN_FRAMEWORK', { ...about, has: describeCode(framework.code) })]
}

function findJit(name: string, cuda: string) {
  return jitFrameworks.find((row) => row.framework === name && row.cudaMajor === majorOf(cuda))
}

/** A library may never be called, so one without code for the card is a doubt and not the end. */
function judgeFile(file: ImageFacts['code'][number], node: NodeClass): readonly Finding[] {
  if (file.vendor) return []
  const target = targetOf(node.capability)
  const fit = fitOf(file.code, node.capability, node.cuda)
  if (fit === 'native') return []
  if (fit === 'jit') return [finding('PTX_JIT', { framework: file.path, version: '', target })]
  return [finding('ARCH_NOT_IN_LIBRARY', { path: file.path, target, has: describeCode(file.code) })]
}
