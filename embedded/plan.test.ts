import { describe, expect, it } from 'vitest'
import { readSettings } from './config.ts'
import { planComponents } from './plan.ts'

const plan = (environment: Record<string, string>) => planComponents(readSettings(environment))

describe('planComponents', () => {
  it('starts everything when nothing is given', () => {
    expect(Object.values(plan({}).starts)).toEqual([true, true, true, true, true])
    expect(plan({}).binaries).toHaveLength(5)
  })

  it('keeps a Postgres for its own Temporal when only the database is given', () => {
    const { starts } = plan({ KILN_DATABASE_URL: 'postgres://db.example/kiln' })
    expect(starts.postgres).toBe(true)
  })

  it('needs neither binaries nor ports when all are given', () => {
    const { binaries, ports } = plan({
      KILN_DATABASE_URL: 'postgres://db.example/kiln',
      KILN_TEMPORAL_ADDRESS: 'temporal.example:7233',
      KILN_TEMPORAL_UI_URL: 'https://temporal.example',
      KILN_BUILDKIT_ADDRESS: 'tcp://buildkit.example:1234',
      KILN_REGISTRY_URL: 'https://registry.example',
    })
    expect(binaries).toEqual([])
    expect(ports).toEqual(['server'])
  })
})
