import { type BuildFailure, failures } from '#contract/failure.ts'
import { ControlPlaneError } from '../control-plane.ts'

/** Why the server lets an attempt not go on, or not log in to the registry. `undefined` when the error is none of its refusals. Pure. */
export function explainRefusal(error: unknown): BuildFailure | undefined {
  if (!(error instanceof ControlPlaneError)) return undefined
  const { code } = error
  if (code === 'evidence_invalid') {
    const { message } = failures.evidence_refused
    return { code: 'evidence_refused', message: error.detail ?? message }
  }
  if (code === 'registry_denied' || code === 'scope_refused')
    return { code: 'push_denied', message: failures.push_denied.message }
  if (code === 'registry_unavailable')
    return { code: 'push_failed', message: 'the registry does not answer' }
  if (code === 'quota_registry_bytes') {
    const { message } = failures.registry_quota
    const { detail } = error
    const more = detail === undefined ? '' : `: ${detail}`
    return { code: 'registry_quota', message: `${message}${more}` }
  }
  if (error.status !== 409) return undefined
  if (code === 'cancelled') return { code: 'cancelled', message: failures.cancelled.message }
  return { code: 'stale_attempt', message: 'a newer attempt decides' }
}
