import { gpuFinding } from './finding.ts'
import type { NodeGpus } from './read-gpus.ts'

export interface OfferRules {
  /** Whether the agent has what proves CUDA in an image. */
  readonly hasProbe: boolean
  /** A farm for tests: stand-ins for GPUs are taken. */
  readonly simulation: boolean
}

/** A GPU on which nothing could be verified, or where it would mean nothing, is not offered, and the reason is told. Pure. */
export function offerGpus(read: NodeGpus, { hasProbe, simulation }: OfferRules): NodeGpus {
  const refused = read.gpus.flatMap(({ uuid, simulated }) => {
    if (simulated === true && !simulation) return [gpuFinding(uuid, 'SIMULATED_REFUSED')]
    return hasProbe ? [] : [gpuFinding(uuid, 'PROBE_NOT_INSTALLED')]
  })
  const kept = new Set(refused.map(({ gpu }) => gpu))
  return {
    ...read,
    gpus: read.gpus.filter(({ uuid }) => !kept.has(uuid)),
    faulty: [...read.faulty, ...read.gpus.filter(({ uuid }) => kept.has(uuid))],
    findings: [...read.findings, ...refused],
  }
}
