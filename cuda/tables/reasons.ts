import { fillText } from './fill-text.ts'
import { imageReasons } from './image-reasons.ts'
import { nodeReasons } from './node-reasons.ts'
import { offerReasons } from './offer-reasons.ts'
import { probeReasons } from './probe-reasons.ts'
import type { Language } from './reason.ts'
import { reportReasons } from './report-reasons.ts'

/** Every reason code of nodes, images and probes. A code is a contract and is never given another meaning. */
export const reasons = {
  ...nodeReasons,
  ...imageReasons,
  ...probeReasons,
  ...reportReasons,
  ...offerReasons,
} as const

export type ReasonCode = keyof typeof reasons

/** Whether a text from elsewhere is a code of these tables. */
export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(reasons, text)
}

export type ReasonParams = Readonly<Record<string, string | number>>

/** The texts of a code with its parameters put in; a parameter that is not given stays visible as `{name}`. */
export function explainReason(code: ReasonCode, params: ReasonParams, language: Language) {
  const { message, fix } = reasons[code]
  return { message: fillText(message[language], params), fix: fillText(fix[language], params) }
}
