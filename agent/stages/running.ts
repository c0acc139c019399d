import type { AttemptRef } from '#contract/build.ts'

/** What runs on this node, so that an attempt can be stopped and waited for. When disposed it stops all of it. */
export interface Running extends AsyncDisposable {
  /** Runs `stage` with a signal that aborts when `outer` does or when the attempt is stopped. */
  run<T>(
    attempt: AttemptRef,
    outer: AbortSignal,
    stage: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>
  /** Aborts every stage of the attempt and returns when they have ended. */
  stop(attempt: AttemptRef): Promise<void>
  /** Aborts all stages because the farm may have given them to another node. @returns whether there were any. */
  fence(): Promise<boolean>
}

/** Why stages are aborted that this node may no longer run. */
export class Fenced extends Error {
  override readonly name = 'Fenced'
}

interface Entry {
  readonly key: string
  readonly abort: AbortController
  readonly ended: Promise<unknown>
}

export function createRunning(): Running {
  const entries = new Set<Entry>()
  return {
    run: async (attempt, outer, stage) => {
      const abort = new AbortController()
      const result = stage(AbortSignal.any([outer, abort.signal]))
      const ended = result.catch(() => undefined)
      const entry = { key: keyOf(attempt), abort, ended }
      entries.add(entry)
      try {
        return await result
      } finally {
        entries.delete(entry)
      }
    },
    stop: async (attempt) =>
      stopAll(
        [...entries].filter(({ key }) => key === keyOf(attempt)),
        stopped(),
      ),
    fence: async () => {
      const all = [...entries]
      await stopAll(all, new Fenced('the farm does not answer'))
      return all.length > 0
    },
    [Symbol.asyncDispose]: async () => stopAll([...entries], stopped()),
  }
}

const stopped = () => new DOMException('the attempt was stopped', 'AbortError')

async function stopAll(entries: readonly Entry[], reason: Error): Promise<void> {
  for (const { abort } of entries) abort.abort(reason)
  await Promise.all(entries.map(({ ended }) => ended))
}

function keyOf({ buildId, attempt }: AttemptRef): string {
  return `${buildId} ${attempt}`
}
