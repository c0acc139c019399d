import { expect, it } from 'vitest'
import { requireSafeVersion, UnsafeDaemon } from './security-floor.ts'

it.each(['v0.32.2', '0.34.2', 'v0.33.0-rc1', 'v1.0.0'])('takes %s', (version) =>
  expect(() => requireSafeVersion(version)).not.toThrow(),
)

it.each(['v0.32.1', '0.12.5', 'v0.0.0+unknown', ''])('refuses "%s"', (version) =>
  expect(() => requireSafeVersion(version)).toThrow(UnsafeDaemon),
)
