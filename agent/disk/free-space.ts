import { statfs } from 'node:fs/promises'

/** What a file system has and what of it is free. */
export interface FreeSpace {
  /** What is left for everybody, as `df` shows it. */
  readonly bytes: number
  readonly totalBytes: number
  /** Also what is set apart for root: what the build daemon takes for free. */
  readonly rootBytes: number
  readonly files: number
  /** 0 where the number of files has no limit. */
  readonly totalFiles: number
}

export async function readFreeSpace(folder: string): Promise<FreeSpace> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(folder)
  return {
    bytes: bavail * bsize,
    totalBytes: blocks * bsize,
    rootBytes: bfree * bsize,
    files: ffree,
    totalFiles: files,
  }
}
