import type { StepReport } from '#contract/step.ts'
import { rest } from '../../process/rest.ts'
import type { ProgressEvent } from '../buildkit/progress.ts'
import type { StepCollector } from './collect-steps.ts'
import { backoff, type SenderDeps } from './sender.ts'

/** Time between two reports while something changes. */
const gatherMs = 250

export interface StepReporterDeps extends Pick<SenderDeps, 'judge' | 'random'> {
  readonly send: (report: StepReport) => Promise<void>
}

export interface StepReporter {
  read(event: ProgressEvent): void
  /** Sends what is left, for at most `limitMs`. */
  end(limitMs: number): Promise<void>
}

/** Reports steps, one request at a time. What cannot be delivered is given up: it never holds up the build. */
export function createStepReporter(
  { send, judge, random }: StepReporterDeps,
  collector: StepCollector,
): StepReporter {
  const ending = new AbortController()
  const over = new AbortController()
  let sending: Promise<void> | undefined

  const sendAll = async () => {
    for (;;) {
      await rest(gatherMs, AbortSignal.any([ending.signal, over.signal]))
      const report = over.signal.aborted ? undefined : collector.take()
      if (report === undefined) break
      await deliver(report)
    }
    sending = undefined
  }
  const deliver = async (report: StepReport) => {
    for (let failures = 0; !over.signal.aborted; failures += 1) {
      if (failures > 0) await rest(backoff(failures, random), over.signal)
      try {
        return await send(report)
      } catch (error) {
        const verdict = judge(error)
        if (verdict === 'stop') over.abort()
        if (verdict !== 'retry') return
      }
    }
  }
  return {
    read: (event) => {
      if (event.kind === 'output' || over.signal.aborted) return
      collector.read(event)
      sending ??= sendAll()
    },
    end: async (limitMs) => {
      const timer = setTimeout(() => over.abort(), limitMs)
      ending.abort()
      await sending
      clearTimeout(timer)
    },
  }
}
