import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { usableFolders } from './cdi-files.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-cdi-files-'))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

it('keeps from a daemon what is no specification, and nothing else', async () => {
  const spec = JSON.stringify({ cdiVersion: '0.5.0', kind: 'vendor.com/net', devices: [] })
  const [good, mixed] = [join(folder, 'good'), join(folder, 'mixed')]
  for (const each of [good, mixed]) {
    await mkdir(each)
    await writeFile(join(each, 'net.json'), spec)
    await writeFile(join(each, 'README'), 'kind: [')
  }
  await writeFile(join(mixed, 'broken.yaml'), 'kind: [nvidia.com/gpu')
  const own = join(folder, 'own')
  expect(await usableFolders([good, mixed], own)).toEqual([good, join(own, '1')])
  expect(await readdir(join(own, '1'))).toEqual(['net.json'])
  await rm(join(mixed, 'broken.yaml'))
  expect(await usableFolders([good, mixed], own)).toEqual([good, mixed])
})
