import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs'
import { type BytePath, encodeBytePath, fromBytePath } from './byte-path.ts'
import type { Entry } from './directory.ts'
import { goFileMode, isDevice, isFolder, isSymlink } from './file-mode.ts'
import { isGone, unreadable } from './unreadable.ts'

/** @param take whether the entry will be told: only then may another name of the same file point at it. */
export type Describe = (path: BytePath, take: boolean) => Entry | undefined

/**
 * Looks at paths below `root`; `undefined` is what is gone or has no place in an image. The calls block: at a few
 * microseconds each they cost less than handing them to another thread, and a caller gives others a turn in between.
 */
export function createDescriber(root: BytePath): Describe {
  const firstNames = new Map<string, BytePath>()
  return (path, take) => {
    const place = encodeBytePath(`${root}/${path}`)
    try {
      const stat = lstatSync(place, { bigint: true, throwIfNoEntry: false })
      const mode = stat && goFileMode(Number(stat.mode))
      if (stat === undefined || mode === undefined) return undefined
      const entry = { path, mode, modTime: stat.mtimeNs }
      if (isFolder(mode)) return { ...entry, size: 0n, linkname: '' }
      if (isSymlink(mode))
        return { ...entry, size: stat.size, linkname: readlinkSync(place, 'latin1') }
      const first = take && stat.nlink > 1n ? firstName(stat, path, firstNames) : path
      const device = isDevice(mode) ? { device: deviceOf(stat.rdev) } : {}
      if (first !== path) return { ...entry, ...device, size: 0n, linkname: first }
      return { ...entry, ...device, size: stat.size, linkname: '' }
    } catch (error) {
      if (isGone(error)) return undefined
      throw unreadable(fromBytePath(path), error)
    }
  }
}

function firstName(
  { dev, ino }: BigIntStats,
  path: BytePath,
  firstNames: Map<string, BytePath>,
): BytePath {
  const key = `${dev}:${ino}`
  const known = firstNames.get(key)
  if (known === undefined) firstNames.set(key, path)
  return known ?? path
}

/** How the kernel packs the two numbers of a device into one. */
function deviceOf(packed: bigint): { readonly major: bigint; readonly minor: bigint } {
  return { major: (packed >> 8n) & 0xfffn, minor: (packed & 0xffn) | ((packed >> 12n) & 0xfff00n) }
}
