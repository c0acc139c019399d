import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { openToken, sealToken } from './task-token.ts'

const key = randomBytes(32)
const task = { node: 'node-1', activity: 'buildImage', build: 'build-1', attempt: 2 }
const token = Buffer.from('as Temporal makes them')

it('opens what it has sealed', () => {
  expect(openToken(key, sealToken(key, task, token))).toEqual({ about: task, token })
})

it('opens nothing else: no byte may be another one', () => {
  const sealed = sealToken(key, task, token)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    expect(openToken(key, changed)).toBeUndefined()
  }
  for (const length of [0, 1, 32, 33, 34, sealed.length - 1]) {
    expect(openToken(key, sealed.subarray(0, length))).toBeUndefined()
  }
  expect(openToken(randomBytes(32), sealed)).toBeUndefined()
  expect(openToken(key, token)).toBeUndefined()
})
