import type { ImageFacts } from '#contract/image-facts.ts'
import type { Segment } from '../../tables/gpus.ts'
import { compareVersions } from '../../tables/version.ts'
import { type Finding, finding } from '../judgement.ts'
import type { NodeClass } from '../node-class.ts'

/**
 * NVIDIA_REQUIRE_CUDA as the legacy runtime reads it: a space means or, a comma and. CDI does not look at it, so it is a
 * note. Source: internal/requirements of the NVIDIA container toolkit 1.20.
 */
export function judgeRequirements({ env }: ImageFacts, node: NodeClass): readonly Finding[] {
  const expression = env['NVIDIA_REQUIRE_CUDA']
  if (expression === undefined || /^(1|true)$/i.test(env['NVIDIA_DISABLE_REQUIRE'] ?? '')) return []
  return meets(expression, node) ? [] : [finding('REQUIRE_CUDA_NOT_MET')]
}

export function meets(expression: string, node: NodeClass): boolean {
  const alternatives = expression.split(' ').filter((text) => text !== '')
  return (
    alternatives.length === 0 ||
    alternatives.some((text) => text.split(',').every((constraint) => isMet(constraint, node)))
  )
}

const operators = {
  '=': (order: number) => order === 0,
  '!=': (order: number) => order !== 0,
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
} as const

/** A property that the runtime does not know is skipped there, and so it is here. */
function isMet(constraint: string, node: NodeClass): boolean {
  const match = /^(\w+)(!=|<=|>=|=|<|>)(.+)$/.exec(constraint)
  const [, property = '', operator = '', value = ''] = match ?? []
  if (property === 'brand') return brands[node.segment].includes(value) === (operator === '=')
  const versions: Readonly<Record<string, string>> = {
    cuda: node.cuda,
    driver: node.driver,
    arch: node.capability,
  }
  const actual = versions[property]
  if (actual === undefined || !isOperator(operator)) return true
  return operators[operator](compareVersions(actual, value))
}

function isOperator(text: string): text is keyof typeof operators {
  return Object.hasOwn(operators, text)
}

/** Brands that NVML gives cards of a segment, which depend on card and driver: any of them may be meant. */
const brands: Readonly<Record<Segment, readonly string[]>> = {
  datacenter: ['tesla', 'nvidia'],
  workstation: ['quadro', 'quadrortx', 'nvidiartx'],
  consumer: ['geforce', 'geforcertx', 'titan', 'titanrtx'],
  embedded: ['unknown'],
}
