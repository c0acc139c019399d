import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeNodeToken, nodeOfToken } from './node-token.ts'
import { isToken, makeToken } from './token.ts'

const nodeId = 'node-01k3zzzzzzzzzzzzzzzzzzzzzz'

it('makes tokens that say what they are for', () => {
  const token = makeToken('join', randomBytes)
  expect(token).toMatch(/^kiln_join_[0-9a-f]{56}$/)
  expect(isToken(token)).toBe(true)
  expect(makeToken('join', randomBytes)).not.toBe(token)
})

it('finds a slip of the pen without looking anything up', () => {
  const token = makeToken('join', () => Buffer.alloc(24, 7))
  const slipped = token.replace('0707', '0770')
  expect(slipped).not.toBe(token)
  expect(isToken(slipped)).toBe(false)
})

it('knows the node of a credential, and of nothing else', () => {
  const credential = makeNodeToken(nodeId, randomBytes)
  expect(nodeOfToken(credential)).toBe(nodeId)
  expect(nodeOfToken(credential.replace('k3z', 'k4z'))).toBeUndefined()
  expect(nodeOfToken(makeToken('join', randomBytes))).toBeUndefined()
})
