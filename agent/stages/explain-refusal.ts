import { type BuildFailure, failures } from '#contract/failure.ts'
import { ControlPlaneError } from '../control-plane.ts'

/** Why the server lets an attempt not go on. `undefined` when the error is none of its refusals. Pure. */
export function explainRefusal(error: unknown): BuildFailure | undefined {
  if (!(error instanceof ControlPlaneError)) return undefined
  if (error.code === 'evidence_invalid') {
    const { message } = failures.evidence_refused
    return { code: 'evidence_refused', message: error.detail ?? message }
  }
  if (error.status !== 409) return undefined
  if (error.code === 'cancelled') return { code: 'cancelled', message: failures.cancelled.message }
  return { code: 'stale_attempt', message: 'a newer attempt decides' }
}
