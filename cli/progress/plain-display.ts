import type { Say } from '../language.ts'
import { showSize } from '../output/show-amount.ts'
import { progressTexts } from '../texts/progress.ts'
import type { Display } from './display.ts'
import { createPlainLines } from './plain-lines.ts'

/** Lines that are only ever added to: for logs and pipes. */
export function createPlainDisplay(
  write: (line: string) => void,
  say: Say,
  { colours }: { readonly colours: boolean },
): Display {
  const tell = createPlainLines({ colours })
  let saidSending = false
  const held: string[] = []
  let isHeld = false
  const put = (line: string) => {
    if (isHeld) held.push(line)
    else write(line)
  }
  return {
    context: ({ state, bytes, files }) => {
      if (state === 'sending' && saidSending) return
      saidSending = true
      put(say(progressTexts[state], { size: showSize(bytes), files }))
    },
    accepted: (id) => put(say(progressTexts.accepted, { id })),
    event: (event) => tell(event).forEach(put),
    waitFor: (reason) => {
      if (reason !== undefined) put(say(progressTexts.waiting, { reason }))
    },
    note: put,
    hold: (next) => {
      isHeld = next
      if (!next) held.splice(0).forEach(write)
    },
    [Symbol.dispose]: () => undefined,
  }
}
