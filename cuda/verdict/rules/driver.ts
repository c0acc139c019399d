import type { ImageFacts } from '#contract/image-facts.ts'
import { findCapability } from '../../tables/capabilities.ts'
import { bundledDriver, cudaOfDriver, familyFloor } from '../../tables/toolkit-drivers.ts'
import { compareVersions, isAtLeast, majorOf } from '../../tables/version.ts'
import { type Finding, finding } from '../judgement.ts'
import type { NodeClass } from '../node-class.ts'
import { stacksOf } from '../stacks.ts'

/** Does the driver speak the CUDA of the image, and still know the card? */
export function judgeDriver(facts: ImageFacts, node: NodeClass): readonly Finding[] {
  const stacks = stacksOf(facts).flatMap(({ cuda }) => judgeCuda(cuda, facts, node))
  const row = findCapability(node.capability)
  if (row?.branch === undefined || majorOf(node.driver) <= row.branch) return stacks
  const { architecture, branch } = row
  return [
    ...stacks,
    finding('GPU_DROPPED_BY_DRIVER', { driver: node.driver, architecture, branch }),
  ]
}

function judgeCuda(cuda: string, facts: ImageFacts, node: NodeClass): readonly Finding[] {
  if (isAtLeast(node.cuda, cuda)) return []
  const floor = lowestDriver(cuda)
  const family = familyFloor(cuda)
  if (majorOf(node.cuda) === majorOf(cuda) && family && isAtLeast(node.driver, family)) {
    return [finding('DRIVER_MINOR_COMPAT', { need: cuda, bundled: bundledDriver(cuda) ?? floor })]
  }
  if (node.segment === 'datacenter' && hasCompat(cuda, facts, node)) {
    return [finding('NEEDS_FORWARD_COMPAT', { need: cuda, floor })]
  }
  const params = { need: cuda, floor, driver: node.driver, max: node.cuda }
  return [finding('DRIVER_TOO_OLD', params)]
}

/** The oldest driver that runs a CUDA version: the floor of its family, or what the toolkit came with. */
export function lowestDriver(cuda: string): string {
  return familyFloor(cuda) ?? bundledDriver(cuda) ?? 'unknown'
}

/** The compatibility library must be newer than the driver, made for its branch, and speak the CUDA that is needed. */
function hasCompat(cuda: string, facts: ImageFacts, { driver }: NodeClass): boolean {
  return facts.compat.some((library) => {
    const speaks = library.cuda ?? cudaOfDriver(library.driver)
    if (speaks === undefined || majorOf(speaks) < majorOf(cuda)) return false
    if (library.branches === undefined) return majorOf(library.driver) > majorOf(driver)
    return library.branches.includes(majorOf(driver)) && compareVersions(library.driver, driver) > 0
  })
}
