import type { Logger } from 'pino'
import type { AttemptRef } from '#contract/build.ts'
import type { Placed } from '#contract/workflow.ts'
import { findUnstarted, type PlacedAttempt, readUnstarted } from '../../records/attempts.ts'
import { type PlacementDeps, placeWaiting } from '../../records/place-waiting.ts'
import type { WorkerMetrics } from '../metrics.ts'
import { openLanes } from './open-lanes.ts'
import { planRound } from './plan-round.ts'
import { preferReal } from './prefer-real.ts'

/** A signal that was sent this long ago and not answered by a start is sent again, in ms. */
const resendMs = 2_000

export interface PlacerDeps extends PlacementDeps {
  readonly log: Logger
  readonly metrics: Pick<WorkerMetrics, 'waited'>
  /** Tells the workflow of the build where it was placed. */
  readonly signalPlaced: (placed: PlacedAttempt) => Promise<void>
}

/**
 * One round of placement. What is committed is told afterwards; a telling that is lost is repeated by a later round.
 * @returns whether it placed some, so that there may be more to place at once.
 */
export async function placeBuilds(deps: PlacerDeps): Promise<boolean> {
  const unstarted = await readUnstarted(deps.db, resendMs)
  const placed = await place(deps)
  await Promise.all([...unstarted, ...placed].map(deps.signalPlaced))
  return placed.length > 0
}

/**
 * One round for the sake of one build, whose workflow is told by the answer: `null` when it has to wait. It may have been placed
 * before, when that could not be told.
 * @param before the attempt after which it is to have another.
 */
export async function placeBuild(
  deps: PlacerDeps,
  { buildId, attempt: before }: AttemptRef,
): Promise<Placed | null> {
  const placed = await place(deps)
  for (const other of placed.filter((one) => one.buildId !== buildId)) {
    deps.signalPlaced(other).catch((err: unknown) => deps.log.warn({ err, ...other }, 'placed'))
  }
  const own =
    placed.find((one) => one.buildId === buildId) ??
    (await findUnstarted(deps.db, { buildId, attempt: before + 1 }))
  return own === undefined ? null : { attempt: own.attempt, nodeId: own.nodeId }
}

async function place({ log, metrics, ...deps }: PlacerDeps): Promise<readonly PlacedAttempt[]> {
  const placed = await placeWaiting(deps, {
    open: (queue) => openLanes(preferReal(queue)),
    plan: (queue, heads) => planRound(preferReal(queue), heads),
  })
  for (const { buildId, attempt, nodeId, waitedMs } of placed) {
    log.info({ buildId, attempt, nodeId }, 'placed')
    if (waitedMs !== undefined) metrics.waited.observe(waitedMs / 1000)
  }
  return placed
}
