import type { GpuRequest, LeasedGpu } from '#contract/gpu-lease.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import { compareVersions } from '../tables/version.ts'
import { classifyGpu } from './classify-gpu.ts'
import { judge } from './judge.ts'

export interface GpuWish {
  readonly needs?: GpuRequest['needs']
  /** Of the image, as far as they are known. */
  readonly facts: ImageFacts | undefined
}

/** Whether it is worth trying an image on a GPU of a node of `arch`. What nobody knows speaks against nothing. Pure. */
export function fitsGpu(gpu: LeasedGpu, arch: string, { needs = {}, facts }: GpuWish): boolean {
  if (needs.free_bytes !== undefined && needs.free_bytes > gpu.memory_bytes) return false
  const node = classifyGpu(gpu, arch)
  if (node === undefined) return true
  const { capability } = needs
  if (capability !== undefined && compareVersions(node.capability, capability) < 0) return false
  return facts === undefined || judge(facts, node).verdict !== 'will_not_run'
}
