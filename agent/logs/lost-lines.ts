import type { AttemptRef } from '#contract/build.ts'

/** Attempts that are remembered: one that never goes on is forgotten in time. */
const maxAttempts = 100

/** Lines that a stage could not deliver: the next stage of the attempt says so in the log. */
export interface LostLines {
  add(attempt: AttemptRef, lines: number): void
  /** How many there were since the last call. */
  take(attempt: AttemptRef): number
}

export function createLostLines(): LostLines {
  const lost = new Map<string, number>()
  const take = (key: string): number => {
    const lines = lost.get(key) ?? 0
    lost.delete(key)
    return lines
  }
  return {
    add: ({ buildId, attempt }, lines) => {
      const key = `${buildId} ${attempt}`
      const all = take(key) + lines
      if (all > 0) lost.set(key, all)
      const [oldest] = lost.keys()
      if (lost.size > maxAttempts && oldest !== undefined) lost.delete(oldest)
    },
    take: ({ buildId, attempt }) => take(`${buildId} ${attempt}`),
  }
}
