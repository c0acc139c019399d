import type { ProgressEvent } from '../buildkit/progress.ts'

/** A RUN that printed nothing for longer than the build allows. */
export class Silence extends Error {
  override readonly name = 'Silence'
  /** Name of the step, such as `[2/3] RUN make`. */
  readonly step: string

  constructor(step: string, seconds: number) {
    super(`RUN printed nothing for ${seconds} s`)
    this.step = step
  }
}

export interface OutputWatch extends Disposable {
  /** Aborts with a `Silence`. */
  readonly signal: AbortSignal
  read(event: ProgressEvent): void
  /** Output that is not read meanwhile is no silence. @returns when `waiting` has ended. */
  hold(waiting: Promise<void>): Promise<void>
}

const run = /^\[[^\]]+\] RUN /

/** Watches each RUN of a solve for `seconds` without output. Steps that pull or copy print nothing and are left alone. */
export function watchOutput(seconds: number): OutputWatch {
  const abort = new AbortController()
  const timers = new Map<string, NodeJS.Timeout>()
  let isHeld = false
  const stop = (digest: string) => {
    clearTimeout(timers.get(digest))
    timers.delete(digest)
  }
  return {
    signal: abort.signal,
    read: (event) => {
      if (event.kind === 'output') return timers.get(event.digest)?.refresh()
      if (event.kind !== 'step' || event.started === undefined || !run.test(event.name)) return
      if (event.completed !== undefined) return stop(event.digest)
      if (timers.has(event.digest)) return
      const expire = () => {
        if (isHeld) timers.get(event.digest)?.refresh()
        else abort.abort(new Silence(event.name, seconds))
      }
      timers.set(event.digest, setTimeout(expire, seconds * 1000))
    },
    hold: async (waiting) => {
      isHeld = true
      await waiting
      isHeld = false
      for (const timer of timers.values()) timer.refresh()
    },
    [Symbol.dispose]: () => [...timers.keys()].forEach(stop),
  }
}
