import { expect, it } from 'vitest'
import { toStartLimits, usualLimits } from './start-limits.ts'

const gib = 1024 ** 3

it('asks for no more than what was said', () => {
  expect(toStartLimits(usualLimits())).toEqual({ disk_bytes: 100 * gib })
  expect(toStartLimits({ ...usualLimits(), idleHours: null })).toEqual({ disk_bytes: 100 * gib })
  const said = { disk: 0.5, idleHours: 1.5, ttlHours: 24, command: ' jupyter lab --ip 0.0.0.0 ' }
  expect(toStartLimits(said)).toEqual({
    disk_bytes: gib / 2,
    idle_seconds: 5400,
    ttl_seconds: 86_400,
    command: ['/bin/sh', '-c', 'jupyter lab --ip 0.0.0.0'],
  })
})
