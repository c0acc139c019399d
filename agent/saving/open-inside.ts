import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

/**
 * Opens a plain file below a folder that somebody else may change at any time: no link leads out of it.
 * @returns `undefined` when it is not there, is no plain file, or lies elsewhere.
 */
export async function openInside(folder: string, path: Buffer): Promise<FileHandle | undefined> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined)
  if (file === undefined) return undefined
  const [base, real, found] = await Promise.all([
    realpath(folder),
    readlink(`/proc/self/fd/${file.fd}`),
    file.stat(),
  ])
  if (real.startsWith(`${base}/`) && found.isFile()) return file
  await file.close()
  return undefined
}
