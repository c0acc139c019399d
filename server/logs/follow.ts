import { formatPosition, type LogPosition } from '#contract/log.ts'
import { isFinal } from '#contract/stage.ts'
import { findBuild } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import type { Listener } from '../../records/listen.ts'
import { readLog } from '../../records/logs.ts'
import { createWakeUp } from '../../records/wake-up.ts'

export interface FollowEvent {
  readonly event: 'log' | 'stage' | 'end'
  readonly id?: string
  readonly data: object
}

const recheckMs = 5_000

/** The log of a build after `from`, then whatever is added, until the build has ended. `undefined` keeps the line open. */
export async function* followBuild(
  deps: { readonly db: Db; readonly listener: Listener },
  buildId: string,
  from: LogPosition,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent | undefined> {
  using wakeUp = createWakeUp(signal)
  using _ = deps.listener.on('kiln_build', (id) => {
    if (id === buildId || id === '') wakeUp.wake()
  })
  let position = from
  let shown = ''
  while (!signal.aborted) {
    const build = await findBuild(deps.db, buildId)
    if (build === undefined) return
    const { status, stage, attempt, digest, failure } = build
    if (!isFinal(status) && shown !== `${attempt} ${stage}`) {
      shown = `${attempt} ${stage}`
      yield { event: 'stage', data: { status, stage, attempt } }
    }
    const lines = await readLog(deps.db, buildId, position)
    for (const { attempt: number, line, content } of lines) {
      position = { attempt: number, line }
      yield {
        event: 'log',
        id: formatPosition(position),
        data: { attempt: number, line, ...content },
      }
    }
    if (lines.length > 0) continue
    if (isFinal(status)) {
      yield { event: 'end', data: { status, digest, failure } }
      return
    }
    if (!(await wakeUp.wait(recheckMs))) yield undefined
  }
}
