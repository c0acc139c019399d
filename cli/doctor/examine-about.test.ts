import { describe, expect, it } from 'vitest'
import { createSay } from '../language.ts'
import { examineAbout } from './examine-about.ts'

const at = Date.parse('2026-01-01T00:00:00Z')
const own = { version: '0.2.0', askedAt: at, answeredAt: at + 400 }
const about = {
  version: '0.2.0',
  now: '2026-01-01T00:00:00.200Z',
  temporal: { answers: true, workers: 2 },
}

describe.each(['en', 'zh'] as const)('what the doctor says of a server in %s', (language) => {
  const look = (change: Partial<typeof about> | object = {}) =>
    examineAbout({ ...about, ...change }, own, createSay(language))

  it('is short when all is well', () => {
    expect(look().map(({ state, advice }) => [state, advice])).toEqual([
      ['ok', ''],
      ['ok', ''],
      ['ok', ''],
    ])
  })

  it('names both versions where they differ', () => {
    const [version] = look({ version: '0.1.0' })
    expect(version).toMatchObject({
      state: 'warn',
      detail: expect.stringMatching(/0\.1\.0.*0\.2\.0/),
    })
  })

  it.each([
    ['2026-01-01T00:02:00Z', '120'],
    ['2025-12-31T23:58:00Z', '120'],
  ])('tells how far the clocks are apart: %s', (now, seconds) => {
    const [, clock] = look({ now })
    expect(clock).toMatchObject({ state: 'warn', detail: expect.stringContaining(seconds) })
    expect(clock?.advice).toContain('NTP')
  })

  it('takes no long answer for a wrong clock', () => {
    const slow = { ...own, answeredAt: at + 60_000 }
    const [, clock] = examineAbout(
      { ...about, now: '2026-01-01T00:00:59Z' },
      slow,
      createSay(language),
    )
    expect(clock?.state).toBe('ok')
  })

  it('fails where Temporal does not answer, and where nobody works', () => {
    const [, , away] = look({ temporal: { answers: false, workers: null } })
    const [, , idle] = look({ temporal: { answers: true, workers: 0 } })
    expect([away?.state, idle?.state]).toEqual(['fail', 'fail'])
    expect(away?.advice).toContain('KILN_TEMPORAL_ADDRESS')
    expect(idle?.advice).toContain('worker')
  })
})
