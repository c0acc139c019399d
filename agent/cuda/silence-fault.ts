import type { ProbeAttempt } from './probe-attempt.ts'
import { type Fault, fault } from './fault.ts'
import type { ReportProblem } from './read-report.ts'

const outOfMemory = /exit code: 137\b/
const refusedDevice =
  /is not registered|is requested by the build but not allowed|CDI device injection/
const noUser = /unable to find (user|group) [^:]*/

/** Why a probe left no report that can be taken for one. */
export function silenceFault(
  problem: ReportProblem,
  { error, stuck, hasLoader }: ProbeAttempt,
): Fault {
  if (stuck) return fault('PROBE_TIMEOUT', { stage: 'start' })
  if (problem === 'invalid') {
    return fault('REPORT_NOT_BELIEVED', { detail: 'it has another form' })
  }
  if (problem === 'ambiguous') {
    return fault('REPORT_NOT_BELIEVED', { detail: 'there is more than one' })
  }
  const device = refusedDevice.exec(error)
  if (device !== null) return fault('DEVICE_REFUSED', { detail: lineOf(error) })
  if (hasLoader === false) return fault('IMAGE_NOT_GLIBC')
  if (outOfMemory.test(error)) return fault('PROBE_KILLED')
  const user = noUser.exec(error)
  return fault('REPORT_MISSING', { detail: user?.[0] ?? lineOf(error) })
}

function lineOf(text: string): string {
  return (text.split('\n')[0] ?? '').slice(-200)
}
