import { showBytes } from '#contract/bytes.ts'
import { DiskFull } from '../disk/disk-full.ts'
import { readFreeSpace } from '../disk/free-space.ts'

/** What a save needs of the disk, in times of what is saved: its layer, and what the build daemon makes of that. */
const neededTimes = 2

/** @param folder on the disk in question. @throws DiskFull when so many bytes cannot be saved there. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const free = await readFreeSpace(folder)
  const needed = bytes * neededTimes
  if (needed < free.bytes) return
  const has = `${showBytes(free.bytes)} of its disk is free`
  throw new DiskFull(`the node needs up to ${showBytes(needed)} to save it, and ${has}`)
}
