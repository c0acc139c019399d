const second = 1_000
const minute = 60 * second
const hour = 60 * minute

const pauses = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
]

/** Failing for so long, a webhook is disabled when another delivery is given up. */
export const patienceMs = 24 * hour

/** How long what was delivered, or given up, is kept. */
export const keptMs = 14 * 24 * hour

/** How long both secrets count after a rotation. */
export const overlapMs = 24 * hour

/** How long to wait after so many tries, ±20 %. Pure. @returns undefined when it is not worth another one. */
export function deliveryPause(tries: number, random: number): number | undefined {
  const pause = pauses[tries - 1]
  return pause === undefined ? undefined : pause * (0.8 + random * 0.4)
}
