import type { AttemptRef } from '#contract/build.ts'
import type { Db } from '../../records/connect.ts'
import { readSteps } from '../views/step-list.ts'
import { writeEvent } from './sse.ts'

/**
 * The steps of a build as events for one reader: each whole when it is new to the reader or has changed. A reader that
 * comes back is told all of the current attempt anew, so it needs to remember nothing.
 */
export function createStepEvents(db: Db): (ref: AttemptRef) => AsyncGenerator<string> {
  const told = new Map<string, string>()
  return async function* changedSteps(ref) {
    for (const step of await readSteps(db, ref)) {
      const key = `${step.attempt} ${step.stage} ${step.number}`
      const event = writeEvent('step', step)
      if (told.get(key) === event) continue
      told.set(key, event)
      yield event
    }
  }
}
