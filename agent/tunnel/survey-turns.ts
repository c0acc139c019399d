import { createSerialQueue } from '../../process/serial-queue.ts'

/** Too many already wait for what an environment has written. */
export class SurveysBusy extends Error {
  override readonly name = 'SurveysBusy'
}

/** Surveys of one environment that run or wait at a time. */
const maxAtOnce = 8

interface Turns {
  readonly inTurn: ReturnType<typeof createSerialQueue>
  count: number
}

/** Runs surveys of an environment one after the other: each reads all its files. Those of others go on meanwhile. */
export function createSurveyTurns() {
  const turns = new Map<string, Turns>()
  /** @throws SurveysBusy; the signal's reason when nobody waits for it any more. */
  return async <T>(id: string, signal: AbortSignal, survey: () => Promise<T>): Promise<T> => {
    const own = turns.get(id) ?? { inTurn: createSerialQueue(), count: 0 }
    if (own.count >= maxAtOnce) throw new SurveysBusy('too many ask for it')
    turns.set(id, own)
    own.count += 1
    try {
      return await own.inTurn(async () => {
        signal.throwIfAborted()
        return survey()
      })
    } finally {
      own.count -= 1
      if (own.count === 0) turns.delete(id)
    }
  }
}
