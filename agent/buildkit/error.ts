import type { LineRange } from './line-range.ts'

/** gRPC status codes that this client tells apart. */
export const grpcCode = {
  cancelled: 1,
  unknown: 2,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const

/** What BuildKit adds to an error, read from the JSON that it sends along. */
export interface ErrorDetails {
  /** First line of the place in the Dockerfile, counted from 1. */
  readonly line?: number
  /** All lines of that place. */
  readonly ranges?: readonly LineRange[]
  readonly exitCode?: number
  /** Digest of the step that failed. */
  readonly vertex?: string
  /** Name of that step, such as `[2/3] RUN make`. */
  readonly step?: string
}

/** A call that the daemon refused or did not answer. An aborted call is none: it rejects with the signal's reason. */
export class BuildkitError extends Error {
  override readonly name = 'BuildkitError'
  readonly method: string
  readonly code: number
  readonly details: ErrorDetails
  /** The daemon's own words. */
  readonly reason: string

  constructor(
    method: string,
    code: number,
    reason: string,
    details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(`${method}: ${reason} (code ${code})`, options)
    this.method = method
    this.code = code
    this.reason = reason
    this.details = details
  }
}
