import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { constants, createZstdDecompress, zstdCompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { cutFrames } from './zstd-frames.ts'

const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }
const texts = [Buffer.from('one'), Buffer.alloc(400_000, 'abc'), Buffer.alloc(70_000, 0)]
const skippable = Buffer.from('502a4d1804000000736b6970', 'hex')
const stream = Buffer.concat([
  ...texts.map((text) => zstdCompressSync(text)),
  skippable,
  ...texts.map((text) => zstdCompressSync(text, checksum)),
])

it.each([1, 5, 333, stream.length])('unpacks every frame from chunks of %i', async (size) => {
  const count = Math.ceil(stream.length / size)
  const chunks = Array.from({ length: count }, (_, i) => stream.subarray(i * size, (i + 1) * size))
  const cut = Readable.from(cutFrames(Readable.from(chunks)))
  const all = await buffer(cut.pipe(createZstdDecompress()))
  expect(all.equals(Buffer.concat([...texts, ...texts]))).toBe(true)
})

it('refuses what is no zstd', async () => {
  const cut = Readable.from(cutFrames(Readable.from([Buffer.from('not packed at all')])))
  await expect(buffer(cut)).rejects.toThrow('the layer is not zstd')
})
