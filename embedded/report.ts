import type { Say } from '../process/say.ts'

/** Where the launcher tells a person what it does. */
export interface Report {
  readonly say: Say
  /** Shows that a long piece of work is still going on until it is disposed. */
  progress(label: string): Progress
}

export interface Progress extends Disposable {
  readonly seconds: () => number
}

const tickMs = 1000
const plainTickMs = 15_000

/** Rewrites one ticking line on a terminal and prints plain lines everywhere else. */
export function createReport(out: NodeJS.WriteStream): Report {
  // A closed terminal must not take the components down before they are stopped.
  out.on('error', () => undefined)
  let ticking = ''
  const say = (line: string): void => {
    out.write(ticking === '' ? `${line}\n` : `\r\u001B[K${line}\n${ticking}`)
  }
  const progress = (label: string): Progress => {
    const started = performance.now()
    const seconds = (): number => Math.round((performance.now() - started) / 1000)
    const tick = (): void => {
      if (!out.isTTY) return say(`  still ${label}, ${seconds()} s`)
      ticking = `  ${label} … ${seconds()} s`
      out.write(`\r\u001B[K${ticking}`)
    }
    const timer = setInterval(tick, out.isTTY ? tickMs : plainTickMs)
    return {
      seconds,
      [Symbol.dispose]: () => {
        clearInterval(timer)
        if (ticking !== '') out.write('\r\u001B[K')
        ticking = ''
      },
    }
  }
  return { say, progress }
}
