import type { Texts } from '../language.ts'

/** A duration in ms for people: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. Pure. */
export function showDuration(ms: number, t: Texts): string {
  const { seconds, minutes, hours } = t.durations
  if (ms < 10_000) return seconds((Math.max(0, ms) / 1000).toFixed(1))
  const whole = Math.round(ms / 1000)
  if (whole < 60) return seconds(String(whole))
  if (whole < 3600) return minutes(Math.floor(whole / 60), String(whole % 60).padStart(2, '0'))
  return hours(Math.floor(whole / 3600), String(Math.floor((whole % 3600) / 60)).padStart(2, '0'))
}
