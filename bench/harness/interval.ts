/** The median of a sample with the bounds between which it lies with 95 % confidence. */
export interface Interval {
  readonly median: number
  readonly low: number
  readonly high: number
}

const resamples = 10_000
const outside = 0.025

/** @throws RangeError when there is no value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new RangeError('no values')
  return (lower + upper) / 2
}

/**
 * Percentile bootstrap of the median: the sample is drawn again from itself, each time as large as it is. Nothing is
 * assumed about how the values are distributed. `random` gives numbers from 0 up to, but not including, 1.
 */
export function bootstrapMedian(values: readonly number[], random: () => number): Interval {
  const drawn = Array.from({ length: resamples }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? 0)),
  ).toSorted((a, b) => a - b)
  return {
    median: median(values),
    low: drawn[Math.floor(resamples * outside)] ?? 0,
    high: drawn[Math.ceil(resamples * (1 - outside)) - 1] ?? 0,
  }
}
