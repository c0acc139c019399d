import type { BreakerRules } from '../../records/registry-breaker.ts'

/** A registry that has refused so many pushes in a row gets none until it answers again. */
export const breakerRules = {
  failures: 3,
  probes: { firstMs: 1_000, maxMs: 60_000 },
} as const satisfies BreakerRules

/** How slowly a registry that is back gets to do again what it did before. */
export const rampMs = 5_000
