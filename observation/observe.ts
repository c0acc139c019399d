import { collectDefaultMetrics, type Registry } from 'prom-client'
import type { Address } from '#contract/address.ts'
import { type Need, serveObservation } from './serve-observation.ts'

interface Observed {
  /** Absent when nothing is to be shown. */
  readonly listen: Address | undefined
  readonly token: string | undefined
  readonly metrics: Registry
  readonly needs: readonly Need[]
  readonly stopping: AbortSignal
  readonly log: { info(what: { readonly port: number }, text: string): void }
}

/** How often it is looked whether the process is late, which it is told to be by at least that: each time wakes it. */
const lagEveryMs = 50

/** Shows how a process is, with what Node.js says of itself, until it is disposed. */
export async function observe({ listen, log, ...observed }: Observed): Promise<AsyncDisposable> {
  if (listen === undefined) return { [Symbol.asyncDispose]: async () => undefined }
  collectDefaultMetrics({ register: observed.metrics, eventLoopMonitoringPrecision: lagEveryMs })
  const serving = await serveObservation({ ...observed, ...listen })
  log.info({ port: serving.port }, 'metrics')
  return serving
}
