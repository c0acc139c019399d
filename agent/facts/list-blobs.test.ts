import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listBlobs } from './list-blobs.ts'

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`

it('tells manifest, configuration and layers of what was built, and nothing of what is gone', async () => {
  const blobs = await mkdtemp(join(tmpdir(), 'kiln-list-blobs-'))
  try {
    await mkdir(join(blobs, 'sha256'))
    const part = (letter: string, size: number) => ({ digest: digestOf(letter), size })
    const manifest = JSON.stringify({ config: part('c', 20), layers: [part('d', 300)] })
    await writeFile(join(blobs, 'sha256', 'a'.repeat(64)), manifest)
    expect(await listBlobs({ blobs, digest: digestOf('a') })).toEqual([
      { digest: digestOf('a'), bytes: manifest.length },
      { digest: digestOf('c'), bytes: 20 },
      { digest: digestOf('d'), bytes: 300 },
    ])
    expect(await listBlobs({ blobs, digest: digestOf('b') })).toBeUndefined()
    expect(await listBlobs({ blobs, digest: 'sha256:../a' })).toBeUndefined()
  } finally {
    await rm(blobs, { recursive: true })
  }
})
