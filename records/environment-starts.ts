import { sql } from 'kysely'
import type { EnvironmentLook } from '#contract/environment-activities.ts'
import {
  type EnvironmentEnd,
  type EnvironmentRef,
  type EnvironmentState,
  type EnvironmentTold,
  isResting,
} from '#contract/environment.ts'
import { type EnvironmentReason, environmentReasons } from '#contract/environment-reason.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { moveEnvironment, wakeWorkflow } from './environment-events.ts'
import { releaseEnvironment } from './environment-gpus.ts'
import { notify } from './notify.ts'

const onNode = ['pulling', 'starting', 'running'] as const satisfies readonly EnvironmentState[]
const active = [
  'waiting',
  ...onNode,
  'stopping',
  'lost',
] as const satisfies readonly EnvironmentState[]

/** What the workflow of a start is to do next. */
export async function lookAtEnvironment(
  db: Db,
  { environmentId, start }: EnvironmentRef,
): Promise<EnvironmentLook> {
  const row = await db
    .selectFrom('environments')
    .select(['start', 'state', 'node_id', 'stop_wanted', 'ended', 'waiting_since'])
    .where('id', '=', environmentId)
    .executeTakeFirst()
  if (row === undefined || row.start !== start || isResting(row.state)) return { over: true }
  const isPlaced = row.node_id !== null && row.waiting_since === null
  return {
    ...(isPlaced && { nodeId: row.node_id ?? '' }),
    ...(row.stop_wanted !== null && { stop: row.stop_wanted }),
    ...(row.ended !== null && { ended: row.ended }),
  }
}

/**
 * Lets the node of a start begin to work on it.
 * @returns false when it has ended, is to stop, or there is a later start.
 */
export async function beginStart(pool: Pool, ref: EnvironmentRef): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const row = await db
      .selectFrom('environments')
      .select(['state', 'stop_wanted'])
      .where('id', '=', ref.environmentId)
      .where('start', '=', ref.start)
      .where('node_id', 'is not', null)
      .where('waiting_since', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined || row.stop_wanted !== null) return false
    if (row.state === 'waiting') {
      await moveEnvironment(db, ref, ['waiting'], { state: 'pulling' })
      return true
    }
    return onNode.some((state) => state === row.state)
  })
}

/** Takes what the node says of a start. @returns false when it has ended, or there is a later one. */
export async function tellEnvironment(
  pool: Pool,
  ref: EnvironmentRef,
  told: EnvironmentTold,
): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    if (told.state === 'starting') {
      return changed(await moveEnvironment(db, ref, ['pulling', 'starting'], { state: 'starting' }))
    }
    if (told.state === 'running') {
      const running = {
        state: 'running',
        running_since: sql<Date>`coalesce(running_since, now())`,
        used_at: sql<Date>`now()`,
        reason: null,
        message: null,
      } as const
      return changed(await moveEnvironment(db, ref, ['pulling', 'starting', 'lost'], running))
    }
    const ended = {
      reason: reasonOf(told),
      ...(told.exit_code !== undefined && { exitCode: told.exit_code }),
    }
    const noted = await moveEnvironment(db, ref, active, { ended: JSON.stringify(ended) })
    if (noted !== undefined) await wakeWorkflow(db, ref.environmentId)
    return changed(noted)
  })
}

function changed(moved: object | undefined): boolean {
  return moved !== undefined
}

function reasonOf({
  exit_code: code,
  out_of_memory: oom,
}: Extract<EnvironmentTold, { state: 'ended' }>): EnvironmentReason {
  if (code === undefined) return 'ended_unseen'
  if (code === 0) return 'program_ended'
  return oom ? 'out_of_memory' : 'program_failed'
}

export async function enterStopping(
  pool: Pool,
  ref: EnvironmentRef,
  reason: EnvironmentReason,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const { en } = environmentReasons[reason]
    await moveEnvironment(db, ref, active, {
      state: 'stopping',
      waiting_since: null,
      reason,
      message: en,
    })
  })
}

/** Gives a start its one end. One that has ended keeps its first. */
export async function endEnvironment(
  pool: Pool,
  ref: EnvironmentRef,
  { state, reason, message, exitCode, unreached }: EnvironmentEnd,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const ended = await moveEnvironment(db, ref, active, {
      state,
      reason,
      message: message ?? environmentReasons[reason].en,
      exit_code: exitCode ?? null,
      waiting_since: null,
      waiting_reason: null,
      waiting_reason_zh: null,
      stopped_at: sql<Date>`now()`,
    })
    if (ended === undefined) return
    await releaseEnvironment(db, ref, { leftover: unreached === true })
    const detail = { start: ref.start, state, reason }
    const audit = { action: 'environment.end', object: ref.environmentId, detail }
    await recordAudit(db, { actor: 'farm', ...audit })
    await notify(db, 'kiln_placement')
  })
}
