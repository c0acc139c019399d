const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const steps = [
  { unit: 'second', ms: 1000, below: minute },
  { unit: 'minute', ms: minute, below: hour },
  { unit: 'hour', ms: hour, below: day },
  { unit: 'day', ms: day, below: 30 * day },
  { unit: 'month', ms: 30 * day, below: 365 * day },
  { unit: 'year', ms: 365 * day, below: Number.POSITIVE_INFINITY },
] as const

const formats = new Map<string, Intl.RelativeTimeFormat>()

/** How far away a time is, in words: `3 minutes ago`. @param ms from now; negative for the past. */
export function showAgo(ms: number, language: string): string {
  let format = formats.get(language)
  if (format === undefined) {
    format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
    formats.set(language, format)
  }
  const step = steps.find(({ below }) => Math.abs(ms) < below) ?? steps[5]
  return format.format(Math.trunc(ms / step.ms), step.unit)
}
