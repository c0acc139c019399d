import type { NodeStage } from '#contract/stage.ts'
import type { StepEvent } from '../buildkit/progress.ts'

/** What every solve does, and in later stages what an earlier one has told already; an error is always told. */
export function isHousekeeping({ name, cached, error }: StepEvent, stage: NodeStage): boolean {
  if (error !== '') return false
  return /^\[(internal|auth|context )/.test(name) || (cached && stage !== 'building')
}
