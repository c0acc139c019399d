import type { LogLine } from '#contract/log.ts'
import type { NodeStage } from '#contract/stage.ts'
import type { ProgressEvent, StepEvent } from '../buildkit/progress.ts'
import { createLineSplitter, type LineSplitter } from './split-lines.ts'

interface Step {
  readonly number: number
  state: 'new' | 'running' | 'done'
  readonly output: Record<'stdout' | 'stderr', LineSplitter>
}

/** Counts what the steps of one solve did. */
export interface StepCount {
  readonly cached: number
  readonly total: number
}

export interface ProgressLines {
  read(event: ProgressEvent): readonly LogLine[]
  count(): StepCount
}

/** Turns the progress of one solve into log lines: steps numbered in the order in which they appear. */
export function createProgressLines(stage: NodeStage, now: () => Date): ProgressLines {
  const steps = new Map<string, Step>()
  const cached = new Set<string>()
  const lineOf = (step: number, at: Date, stream: LogLine['stream'], text: string): LogLine => ({
    at: at.toISOString(),
    stage,
    step,
    stream,
    text,
  })
  const stepOf = (digest: string): Step => {
    const known = steps.get(digest)
    if (known !== undefined) return known
    const output = { stdout: createLineSplitter(), stderr: createLineSplitter() }
    const step: Step = { number: steps.size + 1, state: 'new', output }
    steps.set(digest, step)
    return step
  }
  const readStep = (event: StepEvent): readonly LogLine[] => {
    if (event.started === undefined || isHousekeeping(event, stage)) return []
    const step = stepOf(event.digest)
    const lines: LogLine[] = []
    if (step.state === 'new') lines.push(lineOf(step.number, event.started, 'progress', event.name))
    if (event.completed === undefined) {
      step.state = 'running'
      return lines
    }
    if (step.state === 'done') return lines
    step.state = 'done'
    if (event.cached) cached.add(event.digest)
    const at = event.completed
    for (const stream of ['stdout', 'stderr'] as const) {
      for (const text of step.output[stream].end())
        lines.push(lineOf(step.number, at, stream, text))
    }
    return [...lines, lineOf(step.number, at, 'progress', outcome(event, event.started, at))]
  }
  return {
    read: (event) => {
      if (event.kind === 'step') return readStep(event)
      if (event.kind === 'transfer') return []
      if (event.kind === 'warning' && stage !== 'building') return []
      const { number, output } = stepOf(event.digest)
      if (event.kind === 'warning')
        return [lineOf(number, now(), 'progress', `WARNING ${event.text}`)]
      const texts = output[event.stream].write(event.bytes)
      return texts.map((text) => lineOf(number, event.at, event.stream, text))
    },
    count: () => ({ cached: cached.size, total: steps.size }),
  }
}

/** What every solve does, and in later stages what an earlier one has told already; an error is always told. */
function isHousekeeping({ name, cached, error }: StepEvent, stage: NodeStage): boolean {
  if (error !== '') return false
  return /^\[(internal|auth|context )/.test(name) || (cached && stage !== 'building')
}

function outcome({ cached, error }: StepEvent, started: Date, completed: Date): string {
  if (error !== '') return `ERROR ${error.split('\n')[0]}`
  if (cached) return 'CACHED'
  return `DONE ${((completed.getTime() - started.getTime()) / 1000).toFixed(1)}s`
}
