import { styleText } from 'node:util'
import type { FrameLine, Tone } from './frame.ts'

const escape = '\u001B['
const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  heading: 'bold',
  done: 'blue',
  cached: 'cyan',
  failed: 'red',
  running: 'yellow',
  output: 'dim',
}

/** Draws frames over one another at the end of a terminal. */
export function createPainter(
  write: (text: string) => void,
  { colours }: { readonly colours: boolean },
) {
  let height = 0
  return {
    /** Leaves what was drawn as it is: the next frame stands below. */
    leave: (): void => {
      height = 0
    },
    paint: (lines: readonly FrameLine[]): void => {
      const up = height === 0 ? '' : `${escape}${height}A`
      const shown = lines.map(({ tone, text }) => {
        // Whether there are colours was decided from the stream that is written to.
        const styled = colours ? styleText(styles[tone], text, { validateStream: false }) : text
        return `${styled}${escape}K\n`
      })
      height = lines.length
      write(`${escape}?25l${up}${shown.join('')}${escape}J${escape}?25h`)
    },
  }
}
