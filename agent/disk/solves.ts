import { rest } from '../../process/rest.ts'

/** A solve that runs, until it is disposed. */
export interface RunningSolve extends Disposable {
  /** Aborts when it is stopped for the sake of the disk, with the reason. */
  readonly signal: AbortSignal
}

/** The solves of this node, so that those of a project can be stopped. */
export interface Solves {
  begin(project: string): RunningSolve
  /** Projects that have solves, the one with the newest first. */
  projects(): readonly string[]
  /** Stops the solves of a project. @returns when they have ended, or that takes too long. */
  stop(project: string, reason: Error): Promise<void>
}

const endLimitMs = 15_000

interface Entry {
  readonly project: string
  readonly abort: AbortController
  readonly ended: Promise<void>
}

export function createSolves(): Solves {
  const entries = new Set<Entry>()
  return {
    begin: (project) => {
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      const entry = { project, abort: new AbortController(), ended }
      entries.add(entry)
      return {
        signal: entry.abort.signal,
        [Symbol.dispose]: () => {
          entries.delete(entry)
          resolve()
        },
      }
    },
    projects: () => [...new Set([...entries].map(({ project }) => project).toReversed())],
    stop: async (project, reason) => {
      const own = [...entries].filter((entry) => entry.project === project)
      for (const { abort } of own) abort.abort(reason)
      const limit = new AbortController()
      const ends = Promise.all(own.map(async ({ ended }) => ended)).then(() => limit.abort())
      await Promise.race([ends, rest(endLimitMs, limit.signal)])
    },
  }
}
