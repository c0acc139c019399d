import { readFile } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import type { LibraryName } from '#contract/image.ts'

const folder = new URL('../presets/', import.meta.url)

/** The Dockerfile of an official image; `undefined` when the project carries none of that name. */
export async function readPreset({ repository, tag }: LibraryName): Promise<string | undefined> {
  try {
    return await readFile(new URL(`${repository}-${tag}.Dockerfile`, folder), 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
