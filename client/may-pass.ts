import { ServerError } from './server-error.ts'

/** Asked too often, or too slowly: the same request may be answered later. */
const passing = new Set([408, 429])

/** Whether another try may be answered otherwise. What is no answer of a server may be anything, and passes. Pure. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof ServerError) || error.status === undefined) return true
  return error.status >= 500 || passing.has(error.status)
}

/** The pause before another try: no shorter than the server has asked for. In ms. Pure. */
export function pauseBefore(error: unknown, ms: number): number {
  return Math.max(ms, (error instanceof ServerError && error.retryAfterMs) || 0)
}
