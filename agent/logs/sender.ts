import { setTimeout as sleep } from 'node:timers/promises'
import type { LogChunk, LogLine } from '#contract/log.ts'

/** Lines kept while the server does not answer; later ones are dropped and the gap is marked. */
const maxQueued = 100_000
const maxChunkLines = 500
const maxChunkCharacters = 1024 * 1024
/** A short pause gathers lines that come in a burst into one request. */
const gatherMs = 20
const firstRetryMs = 100
const maxRetryMs = 5_000

export interface SenderDeps {
  /** @returns the number of the line that the receiver expects next. */
  readonly send: (chunk: LogChunk) => Promise<number>
  /** Whether sending again could help. */
  readonly mayRetry: (error: unknown) => boolean
  readonly random: () => number
}

export interface LogSender {
  push(line: LogLine): void
  /** Sends what is left, for at most `limitMs`. */
  end(limitMs: number): Promise<void>
}

/** Sends lines in order, one request at a time, and goes on from what the receiver has acknowledged. */
export function createLogSender(deps: SenderDeps, firstLine: number): LogSender {
  const stop = new AbortController()
  const queue: LogLine[] = []
  let next = firstLine
  let dropped = 0
  let sending: Promise<void> | undefined

  const flush = async () => {
    await sleep(gatherMs)
    let failures = 0
    while (queue.length > 0 && !stop.signal.aborted) {
      const lines = takeChunk(queue)
      try {
        const expected = await deps.send({ start: next, lines })
        queue.splice(0, lines.length)
        next = Math.max(expected, next)
        failures = 0
      } catch (error) {
        if (!deps.mayRetry(error)) queue.length = 0
        failures += 1
        const pause = Math.min(maxRetryMs, firstRetryMs * 2 ** failures) * (0.5 + deps.random() / 2)
        await sleep(pause, undefined, { signal: stop.signal }).catch(() => undefined)
      }
    }
  }
  const start = () => {
    sending ??= flush().finally(() => {
      sending = undefined
      if (queue.length > 0 && !stop.signal.aborted) start()
    })
  }
  return {
    push: (line) => {
      if (queue.length >= maxQueued) {
        dropped += 1
        const text = `[${dropped} lines were dropped: they came faster than the server took them]`
        queue[queue.length - 1] = { ...line, stream: 'progress', text }
        return
      }
      dropped = 0
      queue.push(line)
      start()
    },
    end: async (limitMs) => {
      const timer = setTimeout(() => stop.abort(), limitMs)
      for (let current = sending; current !== undefined; current = sending) await current
      clearTimeout(timer)
    },
  }
}

function takeChunk(queue: readonly LogLine[]): LogLine[] {
  let characters = 0
  const end = queue.findIndex((line, index) => {
    characters += line.text.length
    return index > 0 && (index >= maxChunkLines || characters > maxChunkCharacters)
  })
  return queue.slice(0, end === -1 ? queue.length : end)
}
