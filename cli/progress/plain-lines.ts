import type { BuildEvent, LogEvent, StepEvent } from '#contract/answers.ts'
import { displayLine } from '#contract/display-line.ts'
import { showDuration } from '../output/show-amount.ts'
import { stepKey } from './progress.ts'

interface Told {
  readonly name: string
  /** When it began, in ms since 1970. */
  readonly startedAt: number
  isOver: boolean
}

/** In front of what a step says. Only the steps of building have bare numbers: those are the ones that people mean. */
const prefixOf = (stage: string, number: number) =>
  stage === 'building' ? `#${number}` : `#${stage}/${number}`

const outcome = /^(?:DONE \d+\.\ds|CACHED$|ERROR )/

/**
 * Turns events into lines that are only ever added to: a line for each stage, each step that begins, each line of its
 * output with the seconds since then, and how it ended. What is told again after a lost connection makes no line.
 * @param colours whether colour sequences of the output stay.
 */
export function createPlainLines({ colours }: { readonly colours: boolean }) {
  let [stage, attempt] = ['', 0]
  const told = new Map<string, Told>()

  const tellStage = (next: string, of: number): readonly string[] => {
    if (next === stage && of === attempt) return []
    if (of !== attempt) told.clear()
    ;[stage, attempt] = [next, of]
    return [of > 1 ? `== ${next} (attempt ${of})` : `== ${next}`]
  }

  const begin = (of: string, step: number, name: string, startedAt: number): readonly string[] => {
    const key = stepKey({ stage: of, number: step })
    if (told.has(key)) return []
    told.set(key, { name, startedAt, isOver: false })
    return [`${prefixOf(of, step)} ${displayLine(name, { colours: false })}`]
  }

  const end = (of: string, step: number, how: string): readonly string[] => {
    const known = told.get(stepKey({ stage: of, number: step }))
    if (known === undefined || known.isOver) return []
    known.isOver = true
    return [`${prefixOf(of, step)} ${how}`]
  }

  const tellStep = (step: StepEvent): readonly string[] => {
    if (step.attempt < attempt) return []
    const { stage: of, number, name } = step
    const first = begin(of, number, name, Date.parse(step.started_at))
    return step.duration_ms === null ? first : [...first, ...end(of, number, howItEnded(step))]
  }

  const tellLine = ({ stage: of, step, at, text, stream }: LogEvent): readonly string[] => {
    const line = displayLine(text, { colours })
    if (step === 0) return [line]
    const known = told.get(stepKey({ stage: of, number: step }))
    // The log names steps and how they ended as well, sooner or later than their events do.
    if (stream === 'progress') {
      if (known === undefined) return begin(of, step, text, Date.parse(at))
      if (known.name === text) return []
      if (outcome.test(text)) return end(of, step, line)
    }
    const seconds = (Date.parse(at) - (known?.startedAt ?? Number.NaN)) / 1000
    const time = Number.isNaN(seconds) ? '' : ` ${Math.max(0, seconds).toFixed(3)}`
    return [`${prefixOf(of, step)}${time} ${line}`]
  }

  return ({ event, data }: BuildEvent): readonly string[] => {
    if (event === 'stage') return tellStage(data.stage, data.attempt)
    if (event === 'step') return tellStep(data)
    return event === 'log' ? tellLine(data) : []
  }
}

function howItEnded({ cached, error, duration_ms: ms }: StepEvent): string {
  if (error !== null) return `ERROR ${displayLine(error, { colours: false })}`
  return cached ? 'CACHED' : `DONE ${showDuration(ms ?? 0)}`
}
