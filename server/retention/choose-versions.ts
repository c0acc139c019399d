import type { Because } from '#contract/retention.ts'

/** A version as far as it matters for whether it stays. */
export interface Candidate {
  readonly number: number
  readonly createdAt: Date
  /** In words, why it has to stay whatever the rule says; absent when nothing uses it. */
  readonly use?: string
}

export interface RetentionRule {
  /** So many of the newest stay. */
  readonly keep: number
  /** Younger ones stay. */
  readonly days: number
}

export interface Choice {
  readonly number: number
  readonly goes: boolean
  readonly because: Because
  /** In words. */
  readonly why: string
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * Which versions of one image a rule lets go, and why each of the others stays. `newer` is how many there are that are newer
 * than all of these. Pure.
 */
export function chooseVersions(
  candidates: readonly Candidate[],
  { keep, days }: RetentionRule,
  now: number,
  newer = 0,
): readonly Choice[] {
  return candidates
    .toSorted((a, b) => b.number - a.number)
    .map(({ number, createdAt, use }, index) => {
      const age = now - createdAt.getTime()
      const stays = (because: Because, why: string) => ({ number, goes: false, because, why })
      if (use !== undefined) return stays('in_use', use)
      if (newer + index < keep) return stays('newest', `one of the newest ${keep}`)
      if (age < days * dayMs) return stays('young', `younger than ${days} days`)
      const old = `${Math.floor(age / dayMs)} days old`
      const why = `${old}, and not one of the newest ${keep}`
      return { number, goes: true, because: 'old' as const, why }
    })
}
