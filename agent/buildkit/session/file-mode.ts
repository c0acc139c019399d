/** How the daemon writes modes: as Go's os.FileMode, whose bits above the permissions are not those of the kernel. */
const kinds: ReadonlyMap<number, number> = new Map([
  [0o100000, 0],
  [0o040000, 0x8000_0000],
  [0o120000, 0x0800_0000],
  [0o060000, 0x0400_0000],
  [0o020000, 0x0420_0000],
  [0o010000, 0x0200_0000],
])
const kindMask = 0o170000
const permissions = 0o777
const folder = 0x8000_0000
const symlink = 0x0800_0000
const device = 0x0400_0000
const notRegular = 0x8f28_0000
/** setuid, setgid and sticky. */
const special = [
  [0o4000, 0x0080_0000],
  [0o2000, 0x0040_0000],
  [0o1000, 0x0010_0000],
] as const

/** @param mode as the kernel gives it. @returns `undefined` for a socket: no image holds one. */
export function goFileMode(mode: number): number | undefined {
  const kind = kinds.get(mode & kindMask)
  if (kind === undefined) return undefined
  const bits = special.map(([bit, goBit]) => ((mode & bit) === 0 ? 0 : goBit))
  // Unsigned: the bit of a folder is the sign bit.
  return bits.reduce((all, bit) => all | bit, kind | (mode & permissions)) >>> 0
}

/** Whether the daemon may ask for the content of a file of this mode. */
export function isRegular(goMode: number): boolean {
  return (goMode & notRegular) === 0
}

export function isFolder(goMode: number): boolean {
  return (goMode & folder) !== 0
}

export function isSymlink(goMode: number): boolean {
  return (goMode & symlink) !== 0
}

export function isDevice(goMode: number): boolean {
  return (goMode & device) !== 0
}
