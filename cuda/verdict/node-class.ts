import { findGpu, type Segment } from '../tables/gpus.ts'
import { cudaOfDriver } from '../tables/toolkit-drivers.ts'

/** What of a node decides whether an image runs: nodes with equal classes get equal verdicts. */
export interface NodeClass {
  /** Name of the card as nvidia-smi prints it. */
  readonly gpu: string
  /** Compute capability, as `9.0`. */
  readonly capability: string
  readonly driver: string
  /** CUDA version that the driver speaks, as `12.8`. */
  readonly cuda: string
  readonly segment: Segment
  /** Profile of the MIG instance, as `1g.10gb`; absent for a whole card. */
  readonly mig?: string
  readonly memoryBytes: number
  /** As OCI names it: `amd64`, `arm64`. */
  readonly arch: string
}

/** What a node reports about one card. */
export interface ReportedGpu {
  readonly name: string
  readonly driver: string
  readonly memoryBytes: number
  readonly capability?: string
  readonly cuda?: string
  readonly mig?: string
}

const archNames: Readonly<Record<string, string>> = {
  x64: 'amd64',
  x86_64: 'amd64',
  aarch64: 'arm64',
}

/**
 * The class of a card in a node of `arch` (any of the usual names). What the node does not report comes from the tables;
 * `undefined` where they do not know the card or the driver either.
 */
export function classifyNode(gpu: ReportedGpu, arch: string): NodeClass | undefined {
  const model = findGpu(gpu.name)
  const capability = gpu.capability ?? model?.capability
  const cuda = gpu.cuda ?? cudaOfDriver(gpu.driver)
  if (capability === undefined || cuda === undefined) return undefined
  return {
    gpu: gpu.name,
    capability,
    driver: gpu.driver,
    cuda,
    segment: model?.segment ?? 'consumer',
    ...(gpu.mig !== undefined && { mig: gpu.mig }),
    memoryBytes: gpu.memoryBytes,
    arch: archNames[arch] ?? arch,
  }
}

/** The same node after its driver was changed. */
export function withDriver(node: NodeClass, driver: string): NodeClass {
  return { ...node, driver, cuda: cudaOfDriver(driver) ?? node.cuda }
}
