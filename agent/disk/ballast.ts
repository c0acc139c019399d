import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../process/run.ts'

/** Room that is taken now, to be given back on the day when there is none. */
export interface Ballast {
  /** Takes `bytes`, and some files, unless it has them already. Leaves nothing behind when it fails. */
  take(bytes: number): Promise<void>
  /** @returns false when there was nothing to give back. */
  giveBack(): Promise<boolean>
  isThere(): Promise<boolean>
}

/** Files that a daemon needs to start: a file system may run out of these as well. */
const fileCount = 64
const limitMs = 60_000

export function createBallast(folder: string): Ballast {
  const whole = join(folder, 'whole')
  const partial = join(folder, 'partial')
  const isThere = async () =>
    access(whole).then(
      () => true,
      () => false,
    )
  return {
    isThere,
    take: async (bytes) => {
      if (bytes === 0 || (await isThere())) return
      try {
        await rm(partial, { recursive: true, force: true })
        await mkdir(partial, { recursive: true, mode: 0o700 })
        // Blocks that are really taken: a file that is only long has none.
        await run('fallocate', ['--posix', '--length', String(bytes), join(partial, 'bytes')], {
          limitMs,
        })
        const names = Array.from({ length: fileCount }, (_, index) => join(partial, String(index)))
        await Promise.all(names.map((name) => writeFile(name, '')))
        await rename(partial, whole)
      } catch (error) {
        await rm(partial, { recursive: true, force: true })
        throw error
      }
    },
    giveBack: async () => {
      const was = await isThere()
      await rm(folder, { recursive: true, force: true })
      return was
    },
  }
}
