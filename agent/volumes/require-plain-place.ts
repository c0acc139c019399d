import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '#contract/errno.ts'

/** Nothing can be mounted at the place that somebody has chosen. */
export class UnfitPlace extends Error {
  override readonly name = 'UnfitPlace'
}

/**
 * Makes sure that nothing in the files of an environment, which its owner may change, leads a mount elsewhere: neither the
 * place itself nor a folder above it is a link. What is not there is made by the runtime.
 * @param root its files, in which nothing runs meanwhile. @throws UnfitPlace
 */
export async function requirePlainPlace(root: string, place: string): Promise<void> {
  let path = root
  for (const part of place.split('/').filter((text) => text !== '')) {
    path = join(path, part)
    const found = await lstat(path).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) return undefined
      throw error
    })
    if (found === undefined) return
    if (!found.isDirectory()) {
      const what = found.isSymbolicLink() ? 'a link' : 'no folder'
      throw new UnfitPlace(`no volume can be at ${place}: ${path.slice(root.length)} is ${what}`)
    }
  }
}
