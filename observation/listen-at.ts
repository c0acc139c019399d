import { z } from 'zod'
import { type Address, isLoopback, readAddress } from '#contract/address.ts'
import { hostPort } from '#contract/wire/host-port.ts'

/** Where a process shows its metrics, and what whoever reads them must bring. */
export const observationVariables = {
  /** `host:port`; without it nothing is shown. */
  KILN_METRICS_LISTEN: hostPort.optional(),
  KILN_METRICS_TOKEN: z.string().min(16).optional(),
  /** Where a collector takes traces as OTLP over HTTP; without it nothing is traced. */
  KILN_TRACES_URL: z.url({ protocol: /^https?$/ }).optional(),
}

/** @returns undefined when nothing is to be shown. @throws where others could read it without a token. */
export function readListenAt(e: {
  readonly KILN_METRICS_LISTEN?: string | undefined
  readonly KILN_METRICS_TOKEN?: string | undefined
}): Address | undefined {
  const text = e.KILN_METRICS_LISTEN
  if (text === undefined) return undefined
  const at = readAddress(text)
  if (!isLoopback(at.hostname) && e.KILN_METRICS_TOKEN === undefined) {
    throw new Error(
      'KILN_METRICS_TOKEN is needed when KILN_METRICS_LISTEN is not a loopback address',
    )
  }
  return at
}
