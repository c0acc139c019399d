import type { Say } from '../../process/say.ts'
import { describeFreeSpace } from './describe-space.ts'
import type { FreeSpace } from './free-space.ts'
import { type Level, levelOf, type Marks, shortOf } from './marks.ts'

/** What was seen of a disk. */
export interface DiskState {
  /** Why the node takes no builds until there is room again, in words; `undefined` while there is room. */
  low(): string | undefined
  /** Aborts with the next change between having room and having none. */
  unchanged(): AbortSignal
  /** Whether next to nothing was free since there was last enough. */
  wasFull(): boolean
  /** When the disk was last low, and last full, on the clock of `performance.now()`; -1 when it never was. */
  readonly lowAt: number
  readonly fullAt: number
  /** How much was free when it was last low, in words. */
  readonly words: string
  /** Notes what is free now. A disk on which room is being made stays low until that has ended. */
  note(free: FreeSpace, marks: Marks, isMaking: boolean): Level
}

export function createDiskState(say: Say): DiskState {
  let low: string | undefined
  let change = new AbortController()
  let wasFull = false
  const seen = { lowAt: -1, fullAt: -1, words: '' }
  const tell = (words: string | undefined) => {
    const changes = (words === undefined) !== (low === undefined)
    low = words
    if (!changes) return
    say(words === undefined ? 'disk: takes builds again' : `disk: low, ${words}`)
    change.abort()
    change = new AbortController()
  }
  return {
    low: () => low,
    unchanged: () => change.signal,
    wasFull: () => wasFull,
    get lowAt() {
      return seen.lowAt
    },
    get fullAt() {
      return seen.fullAt
    },
    get words() {
      return seen.words
    },
    note: (free, marks, isMaking) => {
      const level = levelOf(free, marks)
      const short = shortOf(free, marks.reserve)
      if (level === 'full') seen.fullAt = performance.now()
      wasFull = level === 'full' || (wasFull && level !== 'ok')
      if (short === undefined) {
        if (!isMaking) tell(undefined)
        return level
      }
      seen.lowAt = performance.now()
      seen.words = describeFreeSpace(free, short)
      tell(seen.words)
      return level
    },
  }
}
