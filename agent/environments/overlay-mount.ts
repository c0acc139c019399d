import { mkdir } from 'node:fs/promises'
import { readMounts } from '../../process/mounts.ts'
import { run } from '../../process/run.ts'
import type { EnvironmentPaths } from './environment-paths.ts'

const limitMs = 10_000
/** Whatever the kernel is set to: what is written must hold all that makes it a layer of an image. */
const whole = 'redirect_dir=off,metacopy=off,index=off'

/** Mounts the files of an image with what an environment writes over them. @param lower folder of the image. */
export async function mountOverlay(
  lower: string,
  { upper, work, root }: Pick<EnvironmentPaths, 'upper' | 'work' | 'root'>,
): Promise<void> {
  for (const folder of [upper, work, root]) await mkdir(folder, { recursive: true, mode: 0o755 })
  const layers = `lowerdir=${escape(lower)},upperdir=${escape(upper)},workdir=${escape(work)}`
  await run('mount', ['-t', 'overlay', 'overlay', '-o', `${layers},${whole}`, root], { limitMs })
}

/** @throws while something still uses it: what an environment has written must not be mounted twice. */
export async function unmountOverlay({ root }: Pick<EnvironmentPaths, 'root'>): Promise<void> {
  const mounts = await readMounts()
  if (mounts.some(({ path }) => path === root)) await run('umount', [root], { limitMs })
}

function escape(path: string): string {
  return path.replaceAll(/[\\:,]/g, String.raw`\$&`)
}
