import type { LeasedGpu } from '#contract/gpu-lease.ts'
import { classifyNode, type NodeClass } from './node-class.ts'

/** The class of a GPU or MIG instance in a node of `arch`; `undefined` where nobody knows the card. Pure. */
export function classifyGpu(
  { name, driver, capability, memory_bytes: memoryBytes, mig }: LeasedGpu,
  arch: string,
): NodeClass | undefined {
  const known = {
    ...(capability !== undefined && { capability }),
    ...(mig !== undefined && { mig }),
  }
  return classifyNode({ name, driver, memoryBytes, ...known }, arch)
}
