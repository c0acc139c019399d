import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { isToken, mintToken } from './token.ts'

it('makes tokens that say what they are for', () => {
  const token = mintToken('join', randomBytes)
  expect(token).toMatch(/^kiln_join_[0-9a-f]{56}$/)
  expect(isToken(token)).toBe(true)
  expect(mintToken('join', randomBytes)).not.toBe(token)
})

it('finds a slip of the pen without looking anything up', () => {
  const token = mintToken('join', () => Buffer.alloc(24, 7))
  const slipped = token.replace('0707', '0770')
  expect(slipped).not.toBe(token)
  expect(isToken(slipped)).toBe(false)
})
