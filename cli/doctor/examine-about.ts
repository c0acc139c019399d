import type { z } from 'zod'
import type { aboutFarm } from '#contract/wire/answers/farm.ts'
import type { Say } from '../language.ts'
import { doctorTexts } from '../texts/doctor.ts'
import { type Finding, finding } from './finding.ts'

/** What of clocks is too far apart: certificates are made a day back, but tokens of registries and people live minutes. */
const maxSkewMs = 30_000

interface Own {
  readonly version: string
  /** By the clock of this machine: when the server was asked, and when it had answered. */
  readonly askedAt: number
  readonly answeredAt: number
}

/** What the server says of itself, by what is known here. Pure. */
export function examineAbout(
  { version, now, temporal }: z.infer<typeof aboutFarm>,
  own: Own,
  say: Say,
): readonly Finding[] {
  return [
    version === own.version
      ? finding(say(doctorTexts.version), 'ok', version)
      : finding(
          say(doctorTexts.version),
          'warn',
          say(doctorTexts.otherVersion, { theirs: version, own: own.version }),
          say(doctorTexts.otherVersionAdvice),
        ),
    examineClock(Date.parse(now), own, say),
    examineTemporal(temporal, say),
  ]
}

/** The server has read its clock at some time between question and answer. */
function examineClock(server: number, { askedAt, answeredAt }: Own, say: Say): Finding {
  const skewMs = Math.max(askedAt - server, server - answeredAt, 0)
  const seconds = `${Math.ceil(skewMs / 1000)}`
  return skewMs <= maxSkewMs
    ? finding(say(doctorTexts.clock), 'ok', say(doctorTexts.clockOk, { seconds }))
    : finding(
        say(doctorTexts.clock),
        'warn',
        say(doctorTexts.clockOff, { seconds }),
        say(doctorTexts.clockAdvice),
      )
}

function examineTemporal(
  { answers, workers }: z.infer<typeof aboutFarm>['temporal'],
  say: Say,
): Finding {
  const what = say(doctorTexts.temporal)
  if (!answers) {
    return finding(what, 'fail', say(doctorTexts.temporalAway), say(doctorTexts.temporalAdvice))
  }
  return workers === 0
    ? finding(what, 'fail', say(doctorTexts.noWorker), say(doctorTexts.noWorkerAdvice))
    : finding(what, 'ok', say(doctorTexts.workers, { workers: `${workers ?? '?'}` }))
}
