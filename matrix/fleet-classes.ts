import type { LeasedGpu } from '#contract/gpu-lease.ts'
import { classKey } from '../records/gpu-class.ts'

/** GPUs or MIG instances that are alike in everything that decides, on nodes of one architecture. */
export interface GpuClass {
  /** One of them. */
  readonly gpu: LeasedGpu
  readonly arch: string
  /** Names of the nodes that have one, each once. */
  readonly nodes: readonly string[]
}

interface PlacedGpu {
  readonly nodeName: string
  readonly arch: string
  readonly gpu: LeasedGpu
}

/** The classes of these GPUs, by name, driver and memory. Pure. */
export function groupGpus(gpus: readonly PlacedGpu[]): readonly GpuClass[] {
  const groups = Map.groupBy(gpus, ({ gpu, arch }) => classKey(gpu, arch))
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const nodes = [...new Set(group.map(({ nodeName }) => nodeName))].toSorted()
      return [{ gpu: first.gpu, arch: first.arch, nodes }]
    })
    .toSorted(
      ({ gpu: a }, { gpu: b }) =>
        a.name.localeCompare(b.name) ||
        a.driver.localeCompare(b.driver) ||
        a.memory_bytes - b.memory_bytes,
    )
}
