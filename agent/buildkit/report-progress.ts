import { BuildkitError } from './error.ts'
import { followProgress, type StepEvent } from './progress.ts'
import { askDaemon } from './rpc/ask-daemon.ts'
import type { Channel } from './rpc/channel.ts'
import type { SolveOptions } from './solve-options.ts'
import { createUntold } from './untold.ts'

/** Progress that is not read yet stays with the daemon, but for this much: what is on its way lies in memory several times. */
const windowBytes = 128 * 1024
/** How long a solve that has ended may tell nothing before its progress counts as complete. */
const lastProgressMs = 5_000
/** The same for one that has told none: it was refused, and the daemon would look for its progress for six seconds. */
const firstProgressMs = 1_000

export type ProgressOptions = Pick<
  SolveOptions,
  'address' | 'ref' | 'onProgress' | 'readOn' | 'signal'
>

/** Disposing reads no more of it. */
export interface ProgressReport extends Disposable {
  /** The steps by their digests, as they were told last. */
  readonly steps: ReadonlyMap<string, StepEvent>
  /** Reads what is still to come of a solve that has ended, or is stopped. @returns when it has ended, or tells nothing. */
  finish(): Promise<void>
}

/**
 * Hands on the progress of a solve as fast as it is taken. On a connection of its own: output that nobody takes must
 * not fill the window of the one on which the daemon asks for files. When it breaks, another one goes on where it was.
 * Once the signal has aborted nothing is handed on; that the progress of a stopped solve ends tells that all that ran for it
 * is gone.
 */
export function reportProgress(options: ProgressOptions): ProgressReport {
  const { address, ref, onProgress, readOn } = options
  const steps = new Map<string, StepEvent>()
  const stop = new AbortController()
  const { signal } = stop
  let quietSince = performance.now()
  const untold = createUntold()
  const follow = async (channel: Channel) => {
    untold.begin()
    for await (const told of followProgress(channel, ref, { signal })) {
      const event = untold.take(told)
      if (event === undefined || options.signal.aborted) continue
      if (event.kind === 'step') steps.set(event.digest, event)
      onProgress?.(event)
      quietSince = Number.POSITIVE_INFINITY
      await readOn?.(AbortSignal.any([options.signal, signal]))
      quietSince = performance.now()
    }
  }
  // Worth telling, but never the reason for a failure: the solve itself says what went wrong.
  const reading = askDaemon(address, signal, follow, windowBytes).catch((error: unknown) => {
    if (!(error instanceof BuildkitError) && !signal.aborted) throw error
  })
  reading.catch(() => undefined)
  return {
    steps,
    finish: async () => {
      const limit = steps.size > 0 ? lastProgressMs : firstProgressMs
      quietSince = Math.max(quietSince, performance.now())
      const late = setInterval(() => {
        if (performance.now() - quietSince > limit) stop.abort()
      }, limit / 10)
      try {
        await reading
      } finally {
        clearInterval(late)
      }
    },
    [Symbol.dispose]: () => stop.abort(),
  }
}
