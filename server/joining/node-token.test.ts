import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { mintToken } from '../access/token.ts'
import { makeNodeToken, nodeOfToken } from './node-token.ts'

const nodeId = 'node-01k3zzzzzzzzzzzzzzzzzzzzzz'

it('knows the node of a credential, and of nothing else', () => {
  const credential = makeNodeToken(nodeId, randomBytes)
  expect(nodeOfToken(credential)).toBe(nodeId)
  expect(nodeOfToken(credential.replace('k3z', 'k4z'))).toBeUndefined()
  expect(nodeOfToken(mintToken('join', randomBytes))).toBeUndefined()
})
