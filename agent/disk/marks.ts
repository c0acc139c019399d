import type { FreeSpace } from './free-space.ts'
import { bytesOfShare, type Share } from './share.ts'

export interface DiskShares {
  /** Less than this free, and the node takes no builds; `undefined`: 5 % of the disk, 10 GiB at most. */
  readonly reserve: Share | undefined
  /** Kept for the day when the disk is full; `undefined`: 1 % of the disk, 1 GiB at most. */
  readonly ballast: Share | undefined
}

/** Amounts that must be free, in bytes and in numbers of files. */
export interface Marks {
  readonly ballastBytes: number
  /** Below it the disk counts as full: what is written next may fail. */
  readonly floor: Amount
  /** Below it the disk is low. */
  readonly reserve: Amount
  /** What is aimed for once it was low, so that it is not low again at once. */
  readonly goal: Amount
}

interface Amount {
  readonly bytes: number
  readonly files: number
}

export type Level = 'ok' | 'low' | 'full'

const MiB = 1024 ** 2
const GiB = 1024 ** 3
const most = { reserve: 10 * GiB, ballast: GiB, files: 100_000 } as const

export function marksOf(shares: DiskShares, { totalBytes, totalFiles }: FreeSpace): Marks {
  const part = (share: Share | undefined, percent: number, limit: number) =>
    share === undefined
      ? Math.min(bytesOfShare({ percent }, totalBytes), limit)
      : bytesOfShare(share, totalBytes)
  const reserve = part(shares.reserve, 5, most.reserve)
  const ballastBytes = part(shares.ballast, 1, most.ballast)
  const files = Math.min(Math.floor(totalFiles / 20), most.files)
  return {
    ballastBytes,
    floor: {
      bytes: Math.min(Math.max(4 * MiB, ballastBytes / 8), reserve / 4),
      files: Math.min(100, files / 4),
    },
    reserve: { bytes: reserve, files },
    goal: { bytes: 2 * reserve, files: 2 * files },
  }
}

/** What is short of an amount; `undefined` when nothing is. */
export function shortOf(free: FreeSpace, amount: Amount): 'bytes' | 'files' | undefined {
  if (free.bytes < amount.bytes) return 'bytes'
  return free.totalFiles > 0 && free.files < amount.files ? 'files' : undefined
}

export function levelOf(free: FreeSpace, { floor, reserve }: Marks): Level {
  if (shortOf(free, floor) !== undefined) return 'full'
  return shortOf(free, reserve) === undefined ? 'ok' : 'low'
}
