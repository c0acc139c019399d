import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSupported } from '../../harbor/features.ts'
import { type SomeHarbor, someHarbor } from './some-harbor.ts'

// Says whether the tests beside it, which go to whatever `someHarbor` gives, meet a real Harbor. Their titles cite the
// numbers of test/fakes/harbor/README.md.
const real = process.env['KILN_TEST_HARBOR_URL']
const required = process.env['KILN_REQUIRE_HARBOR'] === '1'

if (real === undefined && !required)
  process.stderr.write(
    '\n  NOT TRIED ON A REAL HARBOR: KILN_TEST_HARBOR_URL is not set; its stand-in was asked\n\n',
  )

it.runIf(required)('has a real Harbor to ask, as KILN_REQUIRE_HARBOR demands', () => {
  expect(real).toBeDefined()
})

describe.skipIf(real === undefined)('on a real Harbor', () => {
  let harbor: SomeHarbor
  beforeAll(async () => {
    harbor = await someHarbor()
  })
  afterAll(async () => harbor[Symbol.asyncDispose]())

  it('takes the login, and is of a version that Kiln was written for (9)', async () => {
    const { version } = await harbor.harbor.system.info()
    expect(version && isSupported(version)).toBe(true)
  })

  it('has all of its parts up, the scanner among them (1)', async () => {
    expect(await harbor.harbor.system.health()).toMatchObject({ status: 'healthy' })
  })
})
