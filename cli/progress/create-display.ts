import type { Session } from '../session.ts'
import type { Display, ProgressKind } from './display.ts'
import { createJsonDisplay } from './json-display.ts'
import { createPlainDisplay } from './plain-display.ts'
import { createTtyDisplay } from './tty-display.ts'

/** The display that is asked for. It goes where errors go, so that what a command answers stands alone. */
export function createDisplay(session: Session, kind: ProgressKind, name: string): Display {
  const { say, deps } = session
  const { err } = deps.streams
  const colours = deps.config.colours && err.isTTY === true
  const write = (line: string) => err.write(`${line}\n`)
  const isTty = kind === 'tty' || (kind === 'auto' && err.isTTY === true && deps.config.colours)
  if (kind === 'json') return createJsonDisplay(write)
  if (isTty) return createTtyDisplay(err, say, { name, colours, now: deps.now })
  return createPlainDisplay(write, say, { colours })
}
