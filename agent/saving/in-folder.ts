import { constants } from 'node:fs'
import { open, readlink, realpath } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import { bytesOf } from './entry-path.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants

/**
 * Uses a folder below a root that somebody else may change at any time: no link leads out of it, neither when it is opened
 * nor while it is used.
 * @param path of the folder; empty for the root itself.
 * @param use gets a path by which the folder stays this one, until it returns. What is gone by then says nothing.
 * @returns `undefined` when it has gone, is no folder, or lies elsewhere.
 */
export async function inFolder<T>(
  root: string,
  path: string,
  use: (place: string) => Promise<T>,
): Promise<T | undefined> {
  const name = path === '' ? root : bytesOf(root, path)
  await using folder = await open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch(unlessGone)
  if (folder === undefined) return undefined
  const place = `/proc/self/fd/${folder.fd}`
  const [base, real] = await Promise.all([realpath(root), readlink(place)])
  if (real !== base && !real.startsWith(`${base}/`)) return undefined
  return await use(place)
}

/** Programs go on meanwhile: what was there may not be any more, or be something else by now. */
export function unlessGone(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL'].some((code) => isErrno(error, code))) throw error
}
