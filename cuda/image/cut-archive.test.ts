import { packTar } from 'modern-tar'
import { expect, it } from 'vitest'
import { cutArchive } from './cut-archive.ts'

const long = 'folder/'.repeat(40)
const archive = async () =>
  Buffer.from(
    await packTar([
      { header: { name: 'folder/', type: 'directory', size: 0 } },
      { header: { name: `${long}file`, size: 3000 }, body: new Uint8Array(3000) },
      { header: { name: 'link', type: 'symlink', linkname: 'file', size: 0 } },
      { header: { name: 'last', size: 4 }, body: 'last' },
    ]),
  )

async function cut(bytes: Buffer, chunkSize: number) {
  let read = 0
  const chunks = async function* source() {
    for (let at = 0; at < bytes.length; at += chunkSize) {
      const chunk = bytes.subarray(at, at + chunkSize)
      read += chunk.length
      yield chunk
    }
  }
  const kept: Uint8Array[] = []
  for await (const chunk of cutArchive(chunks())) kept.push(chunk)
  return { kept: Buffer.concat(kept), read }
}

it.each([1, 100, 512, 700, 100_000])(
  'ends where the archive does, in chunks of %i',
  async (size) => {
    const tar = await archive()
    const more = Buffer.concat([tar, tar])
    const { kept, read } = await cut(more, size)
    expect(kept.equals(tar)).toBe(true)
    expect(read).toBe(more.length)
  },
)

it('believes a pax header about the size of a file', async () => {
  const body = Buffer.alloc(2048)
  const record = Buffer.alloc(512)
  record.write('13 size=2048\n')
  const pax = await packTar([
    { header: { name: 'p', type: 'pax-header', size: 13 }, body: record.subarray(0, 13) },
  ])
  const file = await packTar([{ header: { name: 'f', size: 0 } }])
  const tar = Buffer.concat([
    pax.subarray(0, 1024),
    file.subarray(0, 512),
    body,
    Buffer.alloc(1024),
  ])
  const { kept } = await cut(Buffer.concat([tar, Buffer.from('more')]), 300)
  expect(kept.equals(tar)).toBe(true)
})

it('leaves what has no end as it is', async () => {
  const tar = (await archive()).subarray(0, 1500)
  expect((await cut(tar, 100)).kept.equals(tar)).toBe(true)
})
