import { expect, it } from 'vitest'
import { examplePlan } from '../../test/example-plan.ts'
import { cacheLocations } from './cache-locations.ts'

it('reads and writes no cache that was not asked for', () => {
  expect(cacheLocations(examplePlan())).toEqual({ imports: [], exports: [] })
  expect(cacheLocations(examplePlan({ cache: {} }))).toEqual({ imports: [], exports: [] })
})

it('reads and writes where the farm says only', () => {
  const ref = 'h:1/kiln/cache/default/a:latest'
  const plan = examplePlan({ cache: { import: true, export: 'max' } })
  expect(cacheLocations(plan)).toEqual({
    imports: [{ type: 'registry', attrs: { ref } }],
    exports: [{ type: 'registry', attrs: { ref, mode: 'max' } }],
  })
  expect(cacheLocations({ ...plan, attempt: 3 })).toMatchObject({ imports: [] })
  const registry = { ...plan.registry, insecure: true }
  expect(cacheLocations({ ...plan, registry }).imports).toEqual([
    { type: 'registry', attrs: { ref, 'registry.insecure': 'true' } },
  ])
})
