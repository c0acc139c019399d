import cliTruncate from 'cli-truncate'
import stringWidth from 'string-width'
import type { StepEvent } from '#contract/answers.ts'
import { displayLine } from '#contract/display-line.ts'
import { showDuration } from '../output/show-amount.ts'
import type { Progress } from './progress.ts'

/** Lines of a running step that are shown below it. */
const tailLines = 5

export interface Screen {
  readonly columns: number
  readonly rows: number
}

/** What of a line is set off by a colour. */
export type Tone = 'heading' | 'done' | 'cached' | 'failed' | 'running' | 'output'

export interface FrameLine {
  readonly tone: Tone
  /** No wider than the screen. */
  readonly text: string
}

/**
 * The lines that show a build as it is now, no more than the screen has rows for: those of running and of failed steps
 * go before finished ones, and newer before older. Pure.
 * @param now ms since 1970. @param startedAt likewise, of the build.
 */
export function renderFrame(
  progress: Progress,
  {
    name,
    now,
    startedAt,
  }: { readonly name: string; readonly now: number; readonly startedAt: number },
  screen: Screen,
): readonly FrameLine[] {
  const { steps, stage, attempt, waiting } = progress
  const done = steps.filter(isOver)
  const cached = done.filter(({ cached: was }) => was).length
  const counts = steps.length === 0 ? '' : ` ${done.length}/${steps.length}, ${cached} cached`
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  const title = `[+] ${name}: ${stage}${again}${counts}`
  const heading = fit(title, showDuration(now - startedAt), screen.columns)
  const blocks = steps.map((step) => renderStep(step, progress, now, screen.columns))
  const reason = waiting === undefined ? [] : [plain('running', ` => ${waiting}`, screen.columns)]
  const room = Math.max(1, screen.rows - 2 - reason.length)
  return [{ tone: 'heading', text: heading }, ...choose(blocks, room, screen.columns), ...reason]
}

const isOver = ({ duration_ms: ms }: StepEvent) => ms !== null

function renderStep(
  step: StepEvent,
  progress: Progress,
  now: number,
  columns: number,
): readonly FrameLine[] {
  const { cached, error, duration_ms: ms, started_at: at } = step
  const name = displayLine(step.name, { colours: false })
  const time = showDuration(ms ?? Math.max(0, now - Date.parse(at)))
  if (error !== null) return [{ tone: 'failed', text: fit(` => ERROR ${name}`, time, columns) }]
  if (cached) return [{ tone: 'cached', text: fit(` => CACHED ${name}`, time, columns) }]
  if (ms !== null) return [{ tone: 'done', text: fit(` => ${name}`, time, columns) }]
  const tail = progress.linesOf(step).slice(-tailLines)
  return [
    { tone: 'running', text: fit(` => ${name}`, time, columns) },
    ...tail.map((line) => plain('output', ` => => # ${line}`, columns)),
  ]
}

/** Leaves the oldest finished steps out until the rest fits. */
function choose(
  blocks: readonly (readonly FrameLine[])[],
  room: number,
  columns: number,
): readonly FrameLine[] {
  const kept = [...blocks]
  let left = 0
  const height = () => kept.reduce((sum, block) => sum + block.length, left > 0 ? 1 : 0)
  while (height() > room && kept.length > 1) {
    const oldest = kept.findIndex(([first]) => first?.tone === 'done' || first?.tone === 'cached')
    kept.splice(Math.max(0, oldest), 1)
    left += 1
  }
  const lines = kept.flat().slice(-room)
  return left === 0
    ? lines
    : [plain('done', ` … ${left} earlier steps`, columns), ...lines.slice(-room + 1)]
}

function plain(tone: Tone, text: string, columns: number): FrameLine {
  return { tone, text: cliTruncate(text.replaceAll('\t', '    '), columns) }
}

/** The text at the left, cut when there is no room for it, and the time at the right end. */
function fit(text: string, time: string, columns: number): string {
  const room = Math.max(1, columns - time.length - 1)
  const cut = cliTruncate(text.replaceAll('\t', '    '), room)
  return `${cut}${' '.repeat(Math.max(0, room - stringWidth(cut)))} ${time}`
}
