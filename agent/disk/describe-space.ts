import type { FreeSpace } from './free-space.ts'

/** Such as `1.5 GiB of 100.0 GiB free`, or `12 of 4000 files free` where files are what is short. */
export function describeFreeSpace(free: FreeSpace, short: 'bytes' | 'files' = 'bytes'): string {
  if (short === 'files') return `${free.files} of ${free.totalFiles} files free`
  return `${describeBytes(free.bytes)} of ${describeBytes(free.totalBytes)} free`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

function describeBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? 'B'}`
}
