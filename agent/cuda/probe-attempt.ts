import type { DriverReport, FrameworkReport } from '#contract/probe-report.ts'
import type { ReadReport } from './read-report.ts'

/** What one run of the probes came to. */
export interface ProbeAttempt {
  /** Of the driver probe. */
  readonly nonce: string
  readonly driver: ReadReport<DriverReport>
  readonly frameworks: ReadReport<FrameworkReport>
  /** The daemon's words, empty when all ended well. A probe that finds fault ends its step with an error too. */
  readonly error: string
  /** Whether the image has the loader that programs linked against glibc need. Looked at only when there is no report. */
  readonly hasLoader?: boolean
  /** The daemon did not end the steps in time, so a process on the node may hang for good. */
  readonly stuck: boolean
}
