/** What a caller may do only so often. */
export type RateKind = 'requests' | 'sign_ins' | 'submits' | 'uploads'

/** How often a minute, and as often at once after a quiet minute. */
export type RateLimits = Readonly<Record<RateKind, number>>

/** @returns the seconds until it may be done again, or `undefined` when it may be done now, which counts. */
export type TakeTurn = (caller: string, kind: RateKind) => number | undefined

const maxBuckets = 20_000
const minuteMs = 60_000

interface Bucket {
  turns: number
  at: number
}

/** Buckets of this process that fill evenly. Of several servers each has its own. */
export function createRates(limits: RateLimits, now: () => number): TakeTurn {
  const buckets = new Map<string, Bucket>()
  return (caller, kind) => {
    const [key, most] = [`${kind} ${caller}`, limits[kind]]
    const last = buckets.get(key) ?? { turns: most, at: now() }
    const turns = Math.min(most, last.turns + ((now() - last.at) / minuteMs) * most)
    const left = turns >= 1 ? turns - 1 : turns
    // Put at the end: those that were quiet for longest go first, and have filled up by then.
    buckets.delete(key)
    if (buckets.size >= maxBuckets) buckets.delete(buckets.keys().next().value ?? '')
    buckets.set(key, { turns: left, at: now() })
    return turns >= 1 ? undefined : Math.ceil((((1 - turns) / most) * minuteMs) / 1000)
  }
}
