import { fitsGpu } from '../../cuda/verdict/fits-gpu.ts'
import type { KnownNode } from '../../records/known-nodes.ts'
import type { GpuNeed } from '../../records/lanes.ts'

/** Whether a node builds for a platform, or any if there is none. Pure. */
export function canBuild({ platforms }: KnownNode, platform: string | null): boolean {
  return platform === null || platforms.includes(platform)
}

/** Whether a node has a healthy GPU that fits and that the build was not refused on. Pure. */
export function hasGpuFor({ id, gpus }: KnownNode, { facts, refused }: GpuNeed): boolean {
  const here = refused.filter(({ nodeId }) => nodeId === id).map(({ uuid }) => uuid)
  if (here.includes('')) return false
  return gpus.some(({ gpu, arch }) => !here.includes(gpu.uuid) && fitsGpu(gpu, arch, { facts }))
}
