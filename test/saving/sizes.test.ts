import { expect, it } from 'vitest'
import { hiddenBytes } from '../../agent/saving/hidden-bytes.ts'
import { leastPacked } from '../../agent/saving/least-packed.ts'
import { DiskFull } from '../../agent/disk/disk-full.ts'
import { readFreeSpace } from '../../agent/disk/free-space.ts'
import { requireRoom } from '../../agent/saving/require-room.ts'
import { makeOverlay } from './overlay.ts'

const { signal } = new AbortController()
const MiB = 1024 ** 2

it('counts what is hidden of the image: deleted, replaced, and in folders that were made anew', async () => {
  await using overlay = await makeOverlay(`
mkdir -p gone/below kept emptied/deep; head -c 1000 /dev/zero > gone/below/one; ln gone/below/one gone/two
head -c 200 /dev/zero > replaced; head -c 30 /dev/zero > emptied/deep/file; head -c 4 /dev/zero > kept/file
head -c 50000 /dev/zero > dropped`)
  await overlay.sh(`
rm -r gone; echo more >> replaced; rm -r emptied; mkdir emptied; echo new > emptied/file; echo own > own
echo x >> kept/other; rm dropped`)
  const { upper, folder } = overlay
  const lower = `${folder}/lower`
  expect(await hiddenBytes({ lower, upper }, (path) => path === 'dropped', signal)).toBe(1230)
})

it('tells from pieces what files take at least when they are packed', async () => {
  await using overlay = await makeOverlay('mkdir data')
  await overlay.sh(`
head -c ${8 * MiB} /dev/urandom > data/noise; head -c ${24 * MiB} /dev/zero > data/zeros; echo small > data/small`)
  const { upper } = overlay
  const least = await leastPacked(upper, () => false, 32 * MiB + 6)
  expect(least).toBeGreaterThan(5 * MiB)
  expect(least).toBeLessThan(8 * MiB)
  expect(await leastPacked(upper, (path) => path === 'data/noise', 24 * MiB + 6)).toBeLessThan(MiB)
  expect(await leastPacked(upper, () => false, 1000)).toBe(0)
})

it('takes twice its bytes of the disk to save something', async () => {
  const { totalBytes } = await readFreeSpace('/tmp')
  await expect(requireRoom('/tmp', totalBytes / 2)).rejects.toThrow(DiskFull)
  await expect(requireRoom('/tmp', 1)).resolves.toBeUndefined()
})
