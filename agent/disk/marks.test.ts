import { expect, it } from 'vitest'
import { levelOf, marksOf } from './marks.ts'

const MiB = 1024 ** 2
const GiB = 1024 ** 3
const usual = { reserve: undefined, ballast: undefined }
const disk = (bytes: number, totalBytes: number, files = 0, totalFiles = 0) => ({
  bytes,
  rootBytes: bytes,
  totalBytes,
  files,
  totalFiles,
})

it('keeps a part of a small disk and no more than is useful of a large one', () => {
  expect(marksOf(usual, disk(0, 100 * GiB))).toMatchObject({
    reserve: { bytes: 5 * GiB },
    ballastBytes: GiB,
    floor: { bytes: 128 * MiB },
  })
  expect(marksOf(usual, disk(0, 8000 * GiB))).toMatchObject({
    reserve: { bytes: 10 * GiB },
    ballastBytes: GiB,
  })
  expect(
    marksOf({ reserve: { percent: 10 }, ballast: { bytes: 3 } }, disk(0, 8000 * GiB)),
  ).toMatchObject({ reserve: { bytes: 800 * GiB }, ballastBytes: 3 })
})

it.each([
  [disk(6 * GiB, 100 * GiB), 'ok'],
  [disk(4 * GiB, 100 * GiB), 'low'],
  [disk(100 * MiB, 100 * GiB), 'full'],
  [disk(50 * GiB, 100 * GiB, 400, 10_000), 'low'],
  [disk(50 * GiB, 100 * GiB, 99, 10_000), 'full'],
  [disk(50 * GiB, 100 * GiB, 600, 10_000), 'ok'],
])('%j is %s', (free, level) => expect(levelOf(free, marksOf(usual, free))).toBe(level))

it('is never low where nothing is to be kept', () => {
  const free = disk(0, GiB)
  expect(levelOf(free, marksOf({ reserve: { percent: 0 }, ballast: { percent: 0 } }, free))).toBe(
    'ok',
  )
})
