import type { LineOrigin } from '#contract/log-block.ts'
import type { NodeStage } from '#contract/stage.ts'
import type { ProgressEvent, StepEvent } from '../buildkit/progress.ts'
import { isHousekeeping } from './is-housekeeping.ts'
import type { Mask } from './mask-secrets.ts'
import type { LogSender } from './sender.ts'
import type { StepNumbers } from './step-numbers.ts'
import { createStreamOutput, type OutputReader, type StreamOutput } from './stream-output.ts'

type Stream = 'stdout' | 'stderr'

interface Step {
  readonly number: number
  state: 'new' | 'running' | 'done'
  readonly output: Partial<Record<Stream, StreamOutput>>
  /** When the output that is being read was written. */
  at: number
}

/** Counts what the steps of one solve did. */
export interface StepCount {
  readonly cached: number
  readonly total: number
}

export interface ProgressLog {
  read(event: ProgressEvent): void
  count(): StepCount
}

/** A log that takes out secrets. Lines are masked before they are cut as well, so it says by what. */
export interface MaskedLog extends Pick<LogSender, 'write'> {
  readonly mask: Mask
}

/** Writes the progress of one solve as log lines. */
export function createProgressLog(
  stage: NodeStage,
  now: () => Date,
  log: MaskedLog,
  numbers: StepNumbers,
): ProgressLog {
  const steps = new Map<string, Step>()
  const cached = new Set<string>()
  const tell = (step: number, at: number, text: string) =>
    log.write({ at, stage, step, stream: 'progress' }, Buffer.from(text), false)
  const stepOf = (digest: string): Step => {
    const known = steps.get(digest)
    if (known !== undefined) return known
    const step: Step = { number: numbers.of(digest), state: 'new', output: {}, at: 0 }
    steps.set(digest, step)
    return step
  }
  const outputOf = (step: Step, stream: Stream): StreamOutput => {
    const known = step.output[stream]
    if (known !== undefined) return known
    let origin: LineOrigin = { at: 0, stage, step: step.number, stream }
    const reader: OutputReader = {
      line: (text, continued) => {
        if (origin.at !== step.at) origin = { ...origin, at: step.at }
        log.write(origin, text, continued)
      },
      leftOut: (remark) => tell(step.number, step.at, remark),
    }
    const output = createStreamOutput(reader, { mask: log.mask })
    step.output[stream] = output
    return output
  }
  const readStep = (event: StepEvent) => {
    if (event.started === undefined || isHousekeeping(event, stage)) return
    const step = stepOf(event.digest)
    if (step.state === 'new') tell(step.number, event.started.getTime(), event.name)
    if (event.completed === undefined) step.state = 'running'
    if (event.completed === undefined || step.state === 'done') return
    step.state = 'done'
    if (event.cached) cached.add(event.digest)
    step.at = event.completed.getTime()
    for (const stream of ['stdout', 'stderr'] as const) step.output[stream]?.end()
    tell(step.number, step.at, outcome(event, event.started, event.completed))
  }
  return {
    read: (event) => {
      if (event.kind === 'step') return readStep(event)
      if (event.kind === 'warning') {
        if (stage !== 'building') return
        return tell(stepOf(event.digest).number, now().getTime(), `WARNING ${event.text}`)
      }
      if (event.kind === 'transfer') return
      const step = stepOf(event.digest)
      step.at = event.at.getTime()
      outputOf(step, event.stream).write(event.bytes)
    },
    count: () => ({ cached: cached.size, total: steps.size }),
  }
}

function outcome({ cached, error }: StepEvent, started: Date, completed: Date): string {
  if (error !== '') return `ERROR ${error.split('\n')[0]}`
  if (cached) return 'CACHED'
  return `DONE ${((completed.getTime() - started.getTime()) / 1000).toFixed(1)}s`
}
