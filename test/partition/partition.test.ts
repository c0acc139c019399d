import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { type Field, isReady, layField } from './kit/field.ts'
import { testDeaths, testKills } from './rows/deaths.ts'
import { testDoubles } from './rows/doubles.ts'
import { testReach, testSilences } from './rows/silences.ts'

const leaseSeconds = process.env['KILN_REAL_LEASE'] === '1' ? 8 : 4

/** What waits for a lease, and then for another build, may take minutes on a machine that is busy. */
const limitMs = 300_000

const canRun = (() => {
  try {
    for (const tool of ['ip -V', 'nft --version', 'nsenter --version']) {
      execFileSync('sh', ['-c', tool], { stdio: 'ignore' })
    }
    return process.getuid?.() === 0
  } catch {
    return false
  }
})()
if (!canRun) {
  process.stderr.write('\n  NOT RUN: partitions need root, ip, nft and nsenter\n\n')
}

// Their numbers are those of docs/faults.md.
describe.skipIf(!canRun)('two nodes in networks of their own', { timeout: limitMs }, () => {
  let field: Field

  beforeAll(async () => {
    field = await layField(leaseSeconds)
  })
  afterEach(async () => {
    await field.first.wire.heal()
    await isReady(field.first)
  })
  afterAll(async () => field[Symbol.asyncDispose]())

  testSilences(() => field)
  testReach(() => field)
  testDeaths(() => field)
  testKills(() => field)
  testDoubles(() => field)
})
