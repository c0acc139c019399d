import type { LogPosition } from '#contract/log.ts'
import { isFinal } from '#contract/stage.ts'
import { findBuild } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import type { Listener } from '../../records/listen.ts'
import type { Channel } from '../../records/notify.ts'
import { createWakeUp } from '../../records/wake-up.ts'
import { stillHere, writeEvent, writeLines } from './sse.ts'
import { createStepEvents } from './step-events.ts'
import type { LogStore } from './store.ts'

const recheckMs = 5_000

/**
 * The log of a build after `from` as server-sent events, then whatever is added, until the build has ended. Nothing is
 * read ahead: a reader that falls behind gets its lines from the file.
 */
export async function* followBuild(
  deps: { readonly db: Db; readonly listener: Listener; readonly logs: LogStore },
  buildId: string,
  from: LogPosition,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { db, listener, logs } = deps
  using wakeUp = createWakeUp(signal)
  const changedSteps = createStepEvents(db)
  let changed = true
  let stepsChanged = true
  using listening = new DisposableStack()
  const hear = (channel: Channel, heard: () => void) =>
    listener.on(channel, (id) => {
      if (id !== buildId && id !== '') return
      heard()
      wakeUp.wake()
    })
  listening.use(hear('kiln_build', () => (changed = true)))
  listening.use(hear('kiln_steps', () => (stepsChanged = true)))
  listening.use(logs.onGrowth(buildId, () => wakeUp.wake()))
  let position = from
  let shown = ''
  let build = await findBuild(db, buildId)
  while (!signal.aborted) {
    if (changed) {
      changed = false
      build = await findBuild(db, buildId)
      stepsChanged ||= build !== undefined && isFinal(build.status)
    }
    if (build === undefined) return
    const { status, stage, attempt, digest, failure } = build
    if (!isFinal(status) && shown !== `${attempt} ${stage}`) {
      shown = `${attempt} ${stage}`
      yield writeEvent('stage', { status, stage, attempt })
      stepsChanged = true
    }
    if (stepsChanged && position.attempt === attempt) {
      stepsChanged = false
      yield* changedSteps({ buildId, attempt })
    }
    const block = await logs.read({ buildId, attempt: position.attempt }, position.line)
    if (block !== undefined) {
      yield* writeLines(position.attempt, block, position.line)
      position = { ...position, line: block.start + block.lines }
    } else if (position.attempt < attempt) {
      position = { attempt: position.attempt + 1, line: 0 }
    } else if (isFinal(status)) {
      yield writeEvent('end', { status, digest, failure })
      return
    } else if (!(await wakeUp.wait(recheckMs))) {
      changed = true
      yield stillHere
    }
  }
}
