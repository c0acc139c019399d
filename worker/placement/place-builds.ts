import type { Logger } from 'pino'
import { type PlacedAttempt, placeWaiting, readUnstarted } from '../../records/attempts.ts'
import type { Pool } from '../../records/connect.ts'
import { chooseNodes } from './choose-nodes.ts'
import { explainWait } from './explain-wait.ts'

/** A signal that was sent this long ago and not answered by a start is sent again, in ms. */
const resendMs = 2_000

export interface PlacerDeps {
  readonly db: Pool
  readonly log: Logger
  /** Tells the workflow of the build where it was placed. */
  readonly signalPlaced: (placed: PlacedAttempt) => Promise<void>
}

/** One round of placement. What is committed is told afterwards; a telling that is lost is repeated by a later round. */
export async function placeBuilds({ db, log, signalPlaced }: PlacerDeps): Promise<void> {
  const unstarted = await readUnstarted(db, resendMs)
  const placed = await placeWaiting(db, { choose: chooseNodes, explain: explainWait })
  for (const { buildId, attempt, nodeId } of placed)
    log.info({ buildId, attempt, nodeId }, 'placed')
  await Promise.all([...unstarted, ...placed].map(signalPlaced))
}
