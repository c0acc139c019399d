import type { Prediction, SettledPrediction } from '../../records/predictions.ts'

/** How often the ranges that were given before have held what happened. */
export interface Accuracy {
  readonly right: number
  readonly of: number
}

/** Outcomes from which a range is made, at least; with fewer it is from half of what is expected to twice that. */
const enough = 10
const usual = { low: 0.5, high: 2 }
/** Newest outcomes that accuracy is told of. */
const judged = 10

/** What decides when a build starts. */
export interface Outlook {
  /** Builds that go before it. */
  readonly ahead: number
  /** Builds that run at once where it could. */
  readonly slots: number
  /** Of builds of its kind, in ms. */
  readonly durations: readonly number[]
  /** Predictions for builds of its kind that have come out, the newest first. */
  readonly settled: readonly SettledPrediction[]
}

/**
 * When a build starts: as soon as those before it, and one more, have left. Its range is from the tenth to the ninetieth
 * of a hundred predictions before, by how far they were off. `undefined` where nothing is known to go by. Pure.
 */
export function predictStart({
  ahead,
  slots,
  durations,
  settled,
}: Outlook): Prediction | undefined {
  if (slots <= 0 || durations.length === 0) return undefined
  const mean = durations.reduce((sum, ms) => sum + ms, 0) / durations.length
  const expectedMs = ((ahead + 1) / slots) * mean
  const ratios = settled
    .filter((one) => one.expectedMs > 0)
    .map((one) => one.waitedMs / one.expectedMs)
    .toSorted((a, b) => a - b)
  const at = (part: number) => ratios[Math.min(ratios.length - 1, Math.floor(ratios.length * part))]
  const [low = usual.low, high = usual.high] = ratios.length < enough ? [] : [at(0.1), at(0.9)]
  return { expectedMs, lowMs: expectedMs * low, highMs: expectedMs * high }
}

/** Pure. */
export function judge(settled: readonly SettledPrediction[]): Accuracy {
  const newest = settled.slice(0, judged)
  const right = newest.filter(
    ({ lowMs, waitedMs, highMs }) => lowMs <= waitedMs && waitedMs <= highMs,
  )
  return { right: right.length, of: newest.length }
}

/** In words, for people. Pure. */
export function sayStart(
  { lowMs, highMs }: Prediction,
  { right, of }: Accuracy,
): Readonly<Record<'en' | 'zh', string>> {
  const isShort = highMs < 120_000
  const unit = isShort ? 1_000 : 60_000
  const from = Math.floor(lowMs / unit)
  const to = Math.max(from + 1, Math.ceil(highMs / unit))
  const past =
    of === 0
      ? { en: '', zh: '' }
      : {
          en: `; right ${right} of the last ${of} times`,
          zh: `；最近 ${of} 次中有 ${right} 次准确`,
        }
  return {
    en: `in ${from} to ${to} ${isShort ? 's' : 'min'}${past.en}`,
    zh: `${from} 到 ${to} ${isShort ? '秒' : '分钟'}后${past.zh}`,
  }
}
