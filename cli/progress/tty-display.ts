import type { Say } from '../language.ts'
import { showSize } from '../output/show-amount.ts'
import type { Output } from '../streams.ts'
import { progressTexts } from '../texts/progress.ts'
import type { Display } from './display.ts'
import { type FrameLine, renderFrame } from './frame.ts'
import { createPainter } from './paint.ts'
import { createProgress } from './progress.ts'

/** As often as an eye follows; a build that prints much must not spend its terminal's time. */
const paintMs = 100

interface About {
  readonly name: string
  readonly colours: boolean
  readonly now: () => number
}

/** Redraws what is known at the end of a terminal. */
export function createTtyDisplay(to: Output, say: Say, { name, colours, now }: About): Display {
  const progress = createProgress()
  const { paint, leave } = createPainter((text) => to.write(text), { colours })
  const startedAt = now()
  const above: FrameLine[] = []
  let context: FrameLine | undefined
  let isHeld = false
  const draw = () => {
    if (isHeld) return
    // A terminal that does not know its size says 0.
    const size = { columns: to.columns || 80, rows: to.rows || 24 }
    const head = [...above, ...(context === undefined ? [] : [context])]
    const room = { ...size, rows: Math.max(3, size.rows - head.length) }
    const [title, ...steps] = renderFrame(progress, { name, now: now(), startedAt }, room)
    paint([...(title === undefined ? [] : [title]), ...head, ...steps])
  }
  const timer = setInterval(draw, paintMs)
  return {
    context: ({ state, bytes, files, sent }) => {
      const text = say(progressTexts[state], { size: showSize(bytes), files })
      const part = state === 'sending' ? ` ${showSize(sent)}` : ''
      context = { tone: state === 'sending' ? 'running' : 'done', text: ` => ${text}${part}` }
    },
    accepted: (id) => {
      above.push({ tone: 'output', text: ` => ${say(progressTexts.accepted, { id })}` })
    },
    event: (event) => progress.apply(event),
    waitFor: (reason) => progress.waitFor(reason && say(progressTexts.waiting, { reason })),
    note: (text) => {
      above.push({ tone: 'output', text: ` => ${text}` })
      // Only the last few: the frame must fit the screen.
      if (above.length > 4) above.splice(1, 1)
    },
    hold: (next) => {
      isHeld = next
      // What was asked stands below by now.
      if (!next) leave()
    },
    [Symbol.dispose]: () => {
      clearInterval(timer)
      isHeld = false
      draw()
    },
  }
}
