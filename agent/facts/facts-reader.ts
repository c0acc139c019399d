import { createThreadPool } from '../../process/thread-pool.ts'
import type { BuiltFacts, BuiltImage } from './read-built.ts'

export type ReadFacts = BuiltFacts | { readonly problem: 'late' | 'spent' | 'failed' | 'stopped' }

/** Reads what was built on this node, each image once. */
export interface FactsReader extends AsyncDisposable {
  /** What `prepare` has begun is not begun again. */
  read(image: BuiltImage, signal: AbortSignal): Promise<ReadFacts>
  /** Begins to read: by the time somebody asks, it may be done. */
  prepare(image: BuiltImage): void
}

/** Longest reading of one image. */
const limitMs = 10 * 60_000
/** Many times what the largest image needs; one that is made to need more ends its thread only. */
const memoryMb = 512
const idleMs = 10 * 60_000
const threads = 2

/** Facts of an ordinary image take a few KiB. */
const keptImages = 256
const keptBytes = 256 * 1024

interface Reading {
  readonly outcome: Promise<ReadFacts>
  readonly abort: AbortController
  waiting: number
}

export function createFactsReader(): FactsReader {
  const module = new URL('facts-thread.ts', import.meta.url)
  const pool = createThreadPool<BuiltImage, BuiltFacts>({ module, memoryMb, idleMs, max: threads })
  const kept = new Map<string, BuiltFacts>()
  const readings = new Map<string, Reading>()
  const forget = ({ digest }: BuiltImage, abort: AbortController) => {
    if (readings.get(digest)?.abort === abort) readings.delete(digest)
  }
  const begin = (image: BuiltImage): Reading => {
    const known = readings.get(image.digest)
    if (known !== undefined) return known
    const abort = new AbortController()
    const outcome = pool.ask(image, limitMs, abort.signal).then((end) => {
      forget(image, abort)
      if (!('answer' in end)) return { problem: end.ended }
      keep(kept, image.digest, end.answer)
      return end.answer
    })
    const reading = { outcome, abort, waiting: 0 }
    readings.set(image.digest, reading)
    return reading
  }
  return {
    prepare: (image) => {
      if (!kept.has(image.digest)) begin(image)
    },
    read: async (image, signal) => {
      const known = kept.get(image.digest)
      if (known !== undefined) return known
      const reading = begin(image)
      reading.waiting += 1
      const left = Promise.withResolvers<ReadFacts>()
      const leave = () => {
        reading.waiting -= 1
        if (reading.waiting === 0) {
          // Whoever comes while it still ends must not hear of it.
          forget(image, reading.abort)
          reading.abort.abort()
        }
        left.resolve({ problem: 'stopped' })
      }
      signal.addEventListener('abort', leave, { once: true })
      if (signal.aborted) leave()
      try {
        return await Promise.race([reading.outcome, left.promise])
      } finally {
        signal.removeEventListener('abort', leave)
      }
    },
    [Symbol.asyncDispose]: async () => pool[Symbol.asyncDispose](),
  }
}

/** Keeps what is small and will not change; the oldest goes first. */
function keep(kept: Map<string, BuiltFacts>, digest: string, outcome: BuiltFacts): void {
  if (!('facts' in outcome) || JSON.stringify(outcome).length > keptBytes) return
  kept.set(digest, outcome)
  const [oldest] = kept.keys()
  if (kept.size > keptImages && oldest !== undefined) kept.delete(oldest)
}
