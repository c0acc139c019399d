import { expect, it } from 'vitest'
import { closeFrame, followFrames } from './follow-frames.ts'

const head = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n')
const frame = (length: number, masked = false) => {
  const short = length < 126 ? [length] : length < 65_536 ? [126] : [127]
  const size = Buffer.alloc(short[0] === 126 ? 2 : short[0] === 127 ? 8 : 0)
  if (size.length === 2) size.writeUInt16BE(length)
  if (size.length === 8) size.writeBigUInt64BE(BigInt(length))
  const mask = masked ? [1, 2, 3, 4] : []
  const second = (short[0] ?? 0) | (masked ? 0x80 : 0)
  return Buffer.concat([
    Buffer.from([0x82, second]),
    size,
    Buffer.from(mask),
    Buffer.alloc(length, 13),
  ])
}
const frames = [frame(5), frame(0), frame(300), frame(70_000), frame(4, true)]

it.each([1, 2, 3, 7, 64, 1_000_000])('knows where frames end, in pieces of %d bytes', (size) => {
  const whole = Buffer.concat([head, ...frames])
  const ends = new Set<number>()
  let end = head.length
  ends.add(end)
  for (const { length } of frames) ends.add((end += length))
  const follower = followFrames()
  expect(follower.isBetween()).toBe(false)
  for (let at = 0; at < whole.length; at += size) {
    follower.feed(whole.subarray(at, at + size))
    const told = Math.min(at + size, whole.length)
    if (follower.isBetween() !== ends.has(told))
      expect([told, 'is an end']).toEqual([told, ends.has(told)])
  }
  expect(follower.isBetween()).toBe(true)
})

it('is not between frames before anything was answered', () => {
  const follower = followFrames()
  follower.feed(head.subarray(0, -1))
  expect(follower.isBetween()).toBe(false)
  follower.feed(head.subarray(-1))
  expect(follower.isBetween()).toBe(true)
})

it('tells why it is closed', () => {
  expect([...closeFrame('no')]).toEqual([0x88, 4, 0x03, 0xf0, 0x6e, 0x6f])
})
