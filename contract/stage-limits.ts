import type { BuildTimeouts } from './build.ts'
import type { NodeStage } from './stage.ts'

/** How long a stage may take on a node, in seconds, where the build says nothing else. */
const farmLimits = {
  building: 7200,
  verifying: 900,
  pushing: 3600,
} as const satisfies Record<NodeStage, number>

const optionOf = {
  building: 'build',
  verifying: 'verify',
  pushing: 'push',
} as const satisfies Record<NodeStage, keyof BuildTimeouts>

/**
 * The limit of a stage of a build, in seconds. Pure.
 * @param gpuWait seconds that the verification may wait for a GPU: they are not of its own limit.
 */
export function stageLimit(stage: NodeStage, timeouts: BuildTimeouts, gpuWait: number): number {
  const limit = timeouts[optionOf[stage]] ?? farmLimits[stage]
  return stage === 'verifying' ? limit + gpuWait : limit
}
