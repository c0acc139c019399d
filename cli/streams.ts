import type { Readable, Writable } from 'node:stream'

/** A terminal says how large it is. */
export type Output = Writable & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface Streams {
  readonly input: Readable & {
    readonly isTTY?: boolean
    readonly setRawMode?: (isRaw: boolean) => unknown
  }
  /** What a command answers. */
  readonly out: Output
  /** What it tells meanwhile, and what is wrong. */
  readonly err: Output
}
