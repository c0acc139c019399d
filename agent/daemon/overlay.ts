import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ProcessError, run } from '../../process/run.ts'

/** Tries a real overlay mount below `folder`: whether it works depends on the filesystem that lies there. */
export async function canMountOverlay(folder: string): Promise<boolean> {
  const base = await mkdtemp(join(folder, 'overlay-'))
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
    join(base, name),
  )
  const options = { limitMs: 10_000 }
  try {
    for (const path of [lower, upper, work, merged]) await mkdir(path ?? base)
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
    await run('mount', ['-t', 'overlay', 'overlay', '-o', layers, merged ?? base], options)
    await run('umount', [merged ?? base], options)
    return true
  } catch (error) {
    if (error instanceof ProcessError) return false
    throw error
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}
