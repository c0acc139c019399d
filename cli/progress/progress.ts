import type { BuildEvent, LogEvent, StepEvent } from '#contract/answers.ts'
import { displayLine } from '#contract/display-line.ts'

/** Lines of each step that are kept for showing. */
const keptLines = 20

/** What is known of a build's attempt while it goes on. */
export interface Progress {
  readonly stage: string
  readonly attempt: number
  /** Why it waits, in words; `undefined` when it does not. */
  readonly waiting: string | undefined
  /** Of the current attempt, in the order in which they began to be told. */
  readonly steps: readonly StepEvent[]
  /** The last lines of a step as they may be shown. */
  linesOf(step: StepEvent): readonly string[]
}

export interface ProgressKeeper extends Progress {
  /** @returns what was known of the step before, for an event of one. */
  apply(event: BuildEvent): void
  waitFor(reason: string | undefined): void
}

export const stepKey = ({ stage, number }: Pick<StepEvent, 'stage' | 'number'>) =>
  `${stage} ${number}`

/** Keeps what the events of a build come to. Steps are told whole and anew, so an event may come twice. */
export function createProgress(): ProgressKeeper {
  let [stage, attempt] = ['queued', 0]
  let waiting: string | undefined
  const steps = new Map<string, StepEvent>()
  const lines = new Map<string, string[]>()
  const begin = (next: number) => {
    if (next <= attempt) return
    attempt = next
    steps.clear()
    lines.clear()
  }
  const keep = ({ stage: of, step, text, stream, attempt: ofAttempt }: LogEvent) => {
    begin(ofAttempt)
    // What the log says of the step itself is shown from its events.
    if (ofAttempt < attempt || stream === 'progress') return
    const key = stepKey({ stage: of, number: step })
    const kept = lines.get(key) ?? []
    kept.push(displayLine(text, { colours: false }))
    if (kept.length > keptLines) kept.shift()
    lines.set(key, kept)
  }
  return {
    get stage() {
      return stage
    },
    get attempt() {
      return attempt
    },
    get waiting() {
      return waiting
    },
    get steps() {
      return [...steps.values()]
    },
    linesOf: (step) => lines.get(stepKey(step)) ?? [],
    waitFor: (reason) => {
      waiting = reason
    },
    apply: ({ event, data }) => {
      if (event === 'log') keep(data)
      if (event === 'stage') {
        begin(data.attempt)
        stage = data.stage
        waiting = undefined
      }
      if (event === 'step' && data.attempt >= attempt) {
        begin(data.attempt)
        steps.set(stepKey(data), data)
      }
    },
  }
}
