import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { normaliseTar } from './normalise-tar.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-contexts-'))
})
afterAll(async () => rm(folder, { recursive: true }))

it('reads past a small file that is left out in front of a large one', async () => {
  const large = new Uint8Array(3_000_000)
  const tar = await packTar([
    { header: { name: '.dockerignore', size: 6 }, body: 'small\n' },
    { header: { name: 'small', size: 1 }, body: '1' },
    { header: { name: 'large', size: large.length }, body: large },
  ])
  await writeFile(join(folder, 'upload'), tar)
  const normal = await normaliseTar(join(folder, 'upload'), join(folder, 'normal'))
  expect(normal.files).toBe(2)
  expect(normal.bytes).toBeGreaterThan(large.length)
}, 10_000)
