import { access, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AttemptRef } from '#contract/build.ts'

const buildId = /^build-[0-9a-z]{26}$/

/** Path of an attempt's log without its end. Folders by the last two characters, so that none grows without bound. */
export function logPath(dataDir: string, { buildId: id, attempt }: AttemptRef): string {
  if (!buildId.test(id)) throw new RangeError(`not a build id: ${id.slice(0, 60)}`)
  return join(dataDir, 'logs', id.slice(-2), `${id}.${attempt}`)
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Makes an empty file that is still there after a power cut. */
export async function createFile(path: string): Promise<void> {
  const folder = dirname(path)
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  await (await open(path, 'wx', 0o600)).close()
  await syncFolder(folder)
  if (made !== undefined) await syncFolder(dirname(folder))
}

/** Puts the names in a folder on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
