import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { addFarmGauges } from './farm-gauges.ts'
import type { FarmState } from './read-farm.ts'

it('reads once for many who ask, and is absent while the database is away', async () => {
  const registry = new Registry()
  let [time, reads, isAway] = [0, 0, false]
  const read = async (): Promise<FarmState> => {
    reads += 1
    if (isAway) throw new Error('away')
    return {
      kiln_queue_builds: [{ labels: { priority: 'interactive' }, value: 7 }],
      kiln_outbox_entries: [{ labels: {}, value: 2 }],
    }
  }
  addFarmGauges(registry, read, { now: () => time, restMs: 5_000 })
  const texts = await Promise.all([registry.metrics(), registry.metrics()])
  expect(texts[0]).toContain('kiln_queue_builds{priority="interactive"} 7')
  expect(texts[0]).toContain('kiln_outbox_entries 2')
  expect(texts[0]).toContain('kiln_database_up 1')
  expect(reads).toBe(1)
  ;[time, isAway] = [5_000, true]
  const away = await registry.metrics()
  expect(away).toContain('kiln_database_up 0')
  expect(away).not.toMatch(/^kiln_(queue_builds|outbox_entries)[ {]/m)
  expect(reads).toBe(2)
})
