import { z } from 'zod'

/** Where a process shows its metrics, and what whoever reads them must bring. */
export const observationVariables = {
  /** `host:port`; without it nothing is shown. */
  KILN_METRICS_LISTEN: z
    .string()
    .regex(/^[^\s]+:\d{1,5}$/, 'expected host:port')
    .optional(),
  KILN_METRICS_TOKEN: z.string().min(16).optional(),
  /** Where a collector takes traces as OTLP over HTTP; without it nothing is traced. */
  KILN_TRACES_URL: z.url({ protocol: /^https?$/ }).optional(),
}

export interface ListenAt {
  readonly hostname: string
  readonly port: number
}

/** @returns undefined when nothing is to be shown. @throws where others could read it without a token. */
export function readListenAt(e: {
  readonly KILN_METRICS_LISTEN?: string | undefined
  readonly KILN_METRICS_TOKEN?: string | undefined
}): ListenAt | undefined {
  const text = e.KILN_METRICS_LISTEN
  if (text === undefined) return undefined
  const at = text.lastIndexOf(':')
  const hostname = text.slice(0, at).replaceAll(/^\[|\]$/g, '')
  const isLoopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(hostname)
  if (!isLoopback && e.KILN_METRICS_TOKEN === undefined) {
    throw new Error(
      'KILN_METRICS_TOKEN is needed when KILN_METRICS_LISTEN is not a loopback address',
    )
  }
  return { hostname, port: Number(text.slice(at + 1)) }
}
