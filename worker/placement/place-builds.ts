import type { Logger } from 'pino'
import type { Placed } from '#contract/workflow.ts'
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
export async function placeBuilds(deps: PlacerDeps): Promise<void> {
  const unstarted = await readUnstarted(deps.db, resendMs)
  const placed = await place(deps)
  await Promise.all([...unstarted, ...placed].map(deps.signalPlaced))
}

/** One round for the sake of one build, whose workflow is told by the answer. `null` when it has to wait. */
export async function placeBuild(deps: PlacerDeps, buildId: string): Promise<Placed | null> {
  const placed = await place(deps)
  for (const other of placed.filter((one) => one.buildId !== buildId)) {
    deps.signalPlaced(other).catch((err: unknown) => deps.log.warn({ err, ...other }, 'placed'))
  }
  const own = placed.find((one) => one.buildId === buildId)
  return own === undefined ? null : { attempt: own.attempt, nodeId: own.nodeId }
}

async function place({ db, log }: PlacerDeps): Promise<readonly PlacedAttempt[]> {
  const placed = await placeWaiting(db, { choose: chooseNodes, explain: explainWait })
  for (const { buildId, attempt, nodeId } of placed)
    log.info({ buildId, attempt, nodeId }, 'placed')
  return placed
}
