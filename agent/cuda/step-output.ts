import { setTimeout as sleep } from 'node:timers/promises'
import type { ProgressEvent } from '../buildkit/progress.ts'

/** How long what a step printed may arrive after the solve has ended: progress comes on a stream of its own. */
const lateMs = 3_000
const pauseMs = 10
/** Enough for a report and what surrounds it; more is not kept. */
const maxBytes = 512 * 1024

/** What is known of a step after the end of its solve. */
export interface EndedStep {
  readonly stdout: Uint8Array
  /** The daemon's words; empty when the step ended well, and when there was no such step. */
  readonly error: string
}

/** Keeps what steps print on stdout, so that the report of a probe can be taken from its own step only. */
export interface StepOutput {
  read(event: ProgressEvent): void
  /**
   * The step whose command holds `nonce`, once that step and the solve have ended. The nonce cannot be in the name of any
   * other: it was new when the step was begun.
   */
  of(nonce: string): Promise<EndedStep>
}

interface Step {
  name: string
  error: string
  ended: boolean
  readonly chunks: Uint8Array[]
  bytes: number
}

export function createStepOutput(): StepOutput {
  const steps = new Map<string, Step>()
  const stepOf = (digest: string): Step => {
    const step = steps.get(digest) ?? { name: '', error: '', ended: false, chunks: [], bytes: 0 }
    steps.set(digest, step)
    return step
  }
  const find = (nonce: string) => [...steps.values()].find(({ name }) => name.includes(nonce))
  return {
    read: (event) => {
      if (event.kind === 'step') {
        const step = stepOf(event.digest)
        step.name = event.name
        step.error = event.error
        step.ended = event.completed !== undefined
      } else if (event.kind === 'output' && event.stream === 'stdout') {
        const step = stepOf(event.digest)
        if (step.bytes > maxBytes) return
        step.chunks.push(event.bytes)
        step.bytes += event.bytes.length
      }
    },
    of: async (nonce) => {
      const deadline = performance.now() + lateMs
      while (!isWhole(find(nonce)) && performance.now() < deadline) await sleep(pauseMs)
      const { chunks = [], error = '' } = find(nonce) ?? {}
      return { stdout: Buffer.concat(chunks), error }
    },
  }
}

/** The daemon may tell the end of a step before the last of its output; a report ends with a line break. */
function isWhole(step: Step | undefined): boolean {
  const last = step?.chunks.at(-1)
  return (
    step?.ended === true && (last?.at(-1) === newline || (last === undefined && step.error !== ''))
  )
}

const newline = 10
