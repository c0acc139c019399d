import { createInterface } from 'node:readline'
import type { Streams } from './streams.ts'

/** Asks a person. @returns `false` also when the input ends or the signal aborts. */
export async function askYesNo(
  { input, err }: Pick<Streams, 'input' | 'err'>,
  question: string,
  signal: AbortSignal,
): Promise<boolean> {
  err.write(question)
  // Not as a terminal: it would take Ctrl-C for itself.
  const lines = createInterface({ input, terminal: false })
  try {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    lines.once('line', (line) => resolve(/^\s*y(es)?\s*$/i.test(line)))
    lines.once('close', () => resolve(false))
    signal.addEventListener('abort', () => resolve(false), { once: true })
    return await promise
  } finally {
    lines.close()
    input.pause()
  }
}
