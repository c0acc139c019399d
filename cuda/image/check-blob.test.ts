import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { checkBlob } from './check-blob.ts'

const bytes = Buffer.from('a layer')
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const read = async (blob: AsyncIterable<Uint8Array>, expected = digest) =>
  buffer(Readable.from(checkBlob(blob, expected)))

async function* breakOff() {
  yield bytes
  throw new Error('connection reset')
}

it('passes on what is whole', async () => {
  expect((await read(Readable.from([bytes]))).equals(bytes)).toBe(true)
})

it.each([
  ['other bytes', Readable.from([Buffer.from('another layer')])],
  ['too few', Readable.from([bytes.subarray(1)])],
  ['a broken connection', breakOff()],
])('blames the store for %s', async (_what, blob) => {
  await expect(read(blob)).rejects.toMatchObject({ name: 'BlobError' })
})
