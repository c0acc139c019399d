import { expect, it } from 'vitest'
import { shortDigest } from './short-digest.ts'

const hex = '0123456789ab'.padEnd(64, 'f')

it.each([
  [`sha256:${hex}`, 'sha256:0123456789ab…'],
  [`registry.local/team/base@sha256:${hex}`, 'sha256:0123456789ab…'],
  ['scratch', 'scratch'],
])('shows %s as %s', (pinned, shown) => {
  expect(shortDigest(pinned)).toBe(shown)
})
