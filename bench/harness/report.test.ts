import { expect, it } from 'vitest'
import type { Compared, Target } from './compare.ts'
import { describe } from './report.ts'

const run = async () => 0
const compared = (target: Target): Compared => ({
  name: 'x',
  ours: { name: 'kiln', run },
  theirs: { name: 'buildctl', run },
  pairs: 1,
  target,
  measured: [{ ours: 50, theirs: 100 }],
  ratio: { median: 0.5, low: 0.4, high: 0.7 },
  addedMs: { median: -50, low: -60, high: -30 },
})
const verdict = (target: Target) => describe(compared(target)).at(-1)

it('takes a target for met only when the bad end of the interval meets it', () => {
  expect(verdict({ ratio: 0.7 })).toBe('  target  ≤ 0.700×: met')
  expect(verdict({ ratio: 0.6 })).toContain('met by the median, not by the interval')
  expect(verdict({ ratio: 0.3 })).toContain('missed, the median is 0.200× above it')
  expect(verdict({ addedMs: 60 })).toBe('  target  ≤ 60 ms: met')
})
