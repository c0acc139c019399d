const windowMs = 60_000
const delaysMs = [100, 500, 1000, 2000, 5000, 10_000] as const

/** How long to wait after the last of these deaths: longer the more there were within the last minute. */
export function restartDelay(deaths: readonly number[]): number {
  const last = deaths.at(-1) ?? 0
  const recent = deaths.filter((at) => last - at < windowMs).length
  return delaysMs[Math.min(Math.max(recent, 1), delaysMs.length) - 1] ?? 10_000
}
