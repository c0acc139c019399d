import { mkdir, mkdtemp, rm, statfs, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../process/run.ts'

/** A file system of its own that is soon full. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string
  /** What is free, in bytes and in files. */
  free(): Promise<{ readonly bytes: number; readonly files: number }>
}

const limitMs = 30_000

/** @param size in bytes. @param files that it holds at most. */
export async function mountSmallDisk(size: number, files: number): Promise<SmallDisk> {
  const own = await mkdtemp(join(tmpdir(), 'kiln-disk-'))
  const image = join(own, 'image')
  const folder = join(own, 'mounted')
  await writeFile(image, '')
  await truncate(image, size)
  await mkdir(folder)
  await run('mkfs.ext4', ['-q', '-m', '0', '-N', String(files), image], { limitMs })
  await run('mount', ['-o', 'loop', image, folder], { limitMs })
  return {
    folder,
    free: async () => {
      const { bavail, bsize, ffree } = await statfs(folder)
      return { bytes: bavail * bsize, files: ffree }
    },
    [Symbol.asyncDispose]: async () => {
      await run('umount', [folder], { limitMs })
      await rm(own, { recursive: true, force: true })
    },
  }
}
