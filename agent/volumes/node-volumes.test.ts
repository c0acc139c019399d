import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createNodeVolumes, VolumeUnavailable } from './node-volumes.ts'
import { requirePlainPlace } from './require-plain-place.ts'

let base: string
let said: string[]
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'kiln-volumes-'))
  said = []
})
afterEach(async () => rm(base, { recursive: true, force: true }))

const offer = (mode: 'ro' | 'rw' | 'projects', folder = join(base, 'data')) =>
  createNodeVolumes([{ name: 'data', folder, mode }], (line) => void said.push(line))

it('offers what is there, with its room, and tells once of what is not', async () => {
  const volumes = offer('rw')
  await volumes.look()
  await volumes.look()
  expect(volumes.offered()).toEqual([])
  await mkdir(join(base, 'data'))
  await volumes.look()
  const [seen] = volumes.offered()
  expect(seen).toMatchObject({ name: 'data', mode: 'rw' })
  expect(seen?.total_bytes).toBeGreaterThan(seen?.free_bytes ?? 0)
  expect(said).toEqual([
    expect.stringContaining('the volume data is not offered'),
    'the volume data is there again',
  ])
  await rm(join(base, 'data'), { recursive: true })
  await writeFile(join(base, 'data'), 'no folder')
  await volumes.look()
  expect(volumes.offered()).toEqual([])
})

it('gives everybody one folder, or each project its own', async () => {
  await mkdir(join(base, 'data'))
  await symlink(join(base, 'data'), join(base, 'link'))
  const folder = join(base, 'data')
  expect(await offer('ro').open('data', 7)).toEqual({ folder, readOnly: true })
  expect(await offer('rw', join(base, 'link')).open('data', 7)).toEqual({ folder, readOnly: false })
  const own = offer('projects')
  expect(await own.open('data', 7)).toEqual({ folder: join(folder, '7/data'), readOnly: false })
  await writeFile(join(folder, '7/data/file'), 'kept')
  expect(await own.open('data', 7)).toEqual({ folder: join(folder, '7/data'), readOnly: false })
  expect(await own.open('data', 8)).toEqual({ folder: join(folder, '8/data'), readOnly: false })
})

it('measures what a project has of its own, and nothing that is everybody’s', async () => {
  await mkdir(join(base, 'data'))
  const { signal } = new AbortController()
  const own = offer('projects')
  expect(await own.measure('data', 7, signal)).toBeUndefined()
  const { folder } = await own.open('data', 7)
  await writeFile(join(folder, 'file'), 'x'.repeat(100_000))
  expect(await own.measure('data', 7, signal)).toBeGreaterThanOrEqual(100_000)
  expect(await own.measure('data', 7, signal)).toBeLessThan(200_000)
  expect(await offer('rw').measure('data', 7, signal)).toBeUndefined()
  expect(await own.measure('other', 7, signal)).toBeUndefined()
})

it('mounts nothing of what it does not know, is gone, or was led elsewhere by a link', async () => {
  await expect(offer('rw').open('other', 7)).rejects.toThrow('its node offers no volume other')
  await expect(offer('rw').open('data', 7)).rejects.toBeInstanceOf(VolumeUnavailable)
  await mkdir(join(base, 'data'))
  await symlink('/etc', join(base, 'data/7'))
  await expect(offer('projects').open('data', 7)).rejects.toThrow(
    'the volume data cannot be mounted',
  )
  await mkdir(join(base, 'data/8'))
  await symlink('/etc', join(base, 'data/8/data'))
  await expect(offer('projects').open('data', 8)).rejects.toBeInstanceOf(VolumeUnavailable)
})

it('mounts at no place that a link leads elsewhere', async () => {
  await mkdir(join(base, 'root/srv'), { recursive: true })
  await symlink('/proc', join(base, 'root/data'))
  await writeFile(join(base, 'root/file'), '')
  const root = join(base, 'root')
  for (const place of ['/new', '/srv', '/srv/new/deep']) await requirePlainPlace(root, place)
  await expect(requirePlainPlace(root, '/data')).rejects.toThrow('/data is a link')
  await expect(requirePlainPlace(root, '/data/1/root')).rejects.toThrow('/data is a link')
  await expect(requirePlainPlace(root, '/file/x')).rejects.toThrow('/file is no folder')
})
