import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LineOrigin } from '#contract/log-block.ts'
import { pauseAfter } from '#contract/pause-after.ts'
import type { NodeStage } from '#contract/stage.ts'
import { rest } from '../../process/rest.ts'
import { createWaitingLines, type WaitingLimits } from './waiting-lines.ts'

const waitingLimits: WaitingLimits = { bytes: 1024 * 1024, holdMs: 60_000 }
/** Least time between the beginnings of two requests: a stream of lines must not cost a request each. */
const gatherMs = 20
const retries = { firstMs: 200, maxMs: 5_000 }

export interface SenderDeps {
  /** Sends a block whose first line has the number `start`. @returns the number that the receiver expects next. */
  readonly send: (start: number, block: Uint8Array) => Promise<number>
  /** What an error calls for: sending again, leaving this block out, or sending nothing any more. */
  readonly judge: (error: unknown) => 'retry' | 'skip' | 'stop'
  readonly random: () => number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** In ms, and never set. */
  readonly clock: () => number
}

export interface SenderOptions {
  readonly stage: NodeStage
  readonly firstLine: number
  readonly limits?: WaitingLimits
}

export interface LogSender {
  write(origin: LineOrigin, text: Uint8Array, continued: boolean): void
  /** Tells a line that belongs to no step. */
  remark(text: string): void
  /** To be waited for before more is written; `undefined` as a rule. Ends when the signal aborts as well. */
  room(signal: AbortSignal): Promise<void> | undefined
  /** Sends what is left, for at most `limitMs`. @returns how many lines the receiver may lack. */
  end(limitMs: number): Promise<number>
}

/** Sends lines in order, one request at a time, and goes on from what the receiver has acknowledged. */
export function createLogSender(
  { send, judge, random, now, clock }: SenderDeps,
  { stage, firstLine, limits = waitingLimits }: SenderOptions,
): LogSender {
  const waiting = createWaitingLines(limits, clock)
  const [stop, ending] = [new AbortController(), new AbortController()]
  let [next, sentAt] = [firstLine, Number.NEGATIVE_INFINITY]
  let sending: Promise<void> | undefined
  const write: LogSender['write'] = (origin, text, continued) => {
    if (stop.signal.aborted) return
    waiting.write(origin, text, continued)
    sending ??= sendAll()
  }
  const remark: LogSender['remark'] = (text) =>
    write({ at: now(), stage, step: 0, stream: 'progress' }, Buffer.from(text), false)
  const gather = async () => pause(sentAt + gatherMs - clock(), ending.signal)
  const sendAll = async () => {
    waiting.begin()
    for (let failures = 0; waiting.count() > 0 && !stop.signal.aborted;) {
      await (failures === 0 ? gather() : pause(backoff(failures, random), stop.signal))
      sentAt = clock()
      failures = (await sendFirst()) ? 0 : failures + 1
    }
    sending = undefined
  }
  /** @returns whether the receiver has what it was sent, or never will have. */
  const sendFirst = async (): Promise<boolean> => {
    const block = waiting.first()
    if (block === undefined) return true
    try {
      const expected = await send(next, block.bytes)
      // A receiver that has lost lines goes on with a smaller number than ours.
      const isTaken = expected > next
      next = expected
      if (isTaken) tellMissing(waiting.shift(), 'did not answer')
      return isTaken
    } catch (error) {
      const verdict = judge(error)
      if (verdict === 'stop') stop.abort(verdict)
      if (verdict === 'retry') return false
      tellMissing(waiting.shift(), 'did not answer')
      tellMissing(block.lines, 'refused them')
      return true
    }
  }
  const tellMissing = (lines: number, why: string) => {
    if (lines > 0) remark(`[${lines} lines are missing here: the server ${why}]`)
  }
  return {
    write,
    remark,
    room: (signal) =>
      waiting.isFull() ? waiting.room(AbortSignal.any([signal, stop.signal])) : undefined,
    end: async (limitMs) => {
      const timer = setTimeout(() => stop.abort('late'), limitMs)
      ending.abort()
      await sending
      clearTimeout(timer)
      return stop.signal.reason === 'stop' ? 0 : waiting.count()
    },
  }
}

/** At least one turn of the event loop, so that lines of one message go in one request. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await (ms > 0 ? rest(ms, signal) : nextTurn())
}

/** Milliseconds before a request that has failed is sent again. @param failures at least 1. */
export function backoff(failures: number, random: () => number): number {
  return pauseAfter(retries, failures, random())
}
