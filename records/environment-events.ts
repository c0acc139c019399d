import type { UpdateObject } from 'kysely'
import type { EnvironmentRef, EnvironmentState } from '#contract/environment.ts'
import type { EnvironmentReason } from '#contract/environment-reason.ts'
import type { Db } from './connect.ts'
import { notify } from './notify.ts'
import type { Database } from './schema.ts'

interface Event {
  readonly state: EnvironmentState
  readonly reason?: EnvironmentReason | null | undefined
  readonly message?: string | null | undefined
}

/** Writes down what happened to a start, and tells those who watch it. */
export async function noteEvent(
  db: Db,
  { environmentId, start }: EnvironmentRef,
  { state, reason = null, message = null }: Event,
): Promise<void> {
  await db
    .insertInto('environment_events')
    .values({ environment_id: environmentId, start, state, reason, message })
    .execute()
  await notify(db, 'kiln_environments', environmentId)
}

/**
 * The compare-and-set of every change of a start: only the current one, and only from these states. A new state is noted
 * with its reason. @returns the environment's node, or `undefined` when nothing was changed.
 */
export async function moveEnvironment(
  db: Db,
  ref: EnvironmentRef,
  from: readonly EnvironmentState[],
  change: UpdateObject<Database, 'environments'>,
): Promise<{ readonly nodeId: string | null } | undefined> {
  const moved = await db
    .updateTable('environments')
    .set(change)
    .where('id', '=', ref.environmentId)
    .where('start', '=', ref.start)
    .where('state', 'in', from)
    .returning(['node_id as nodeId', 'state', 'reason', 'message'])
    .executeTakeFirst()
  if (moved === undefined) return undefined
  if (change.state !== undefined) await noteEvent(db, ref, moved)
  return { nodeId: moved.nodeId }
}

/** Lets the workflow look at its environment, as soon as this is committed. */
export async function wakeWorkflow(db: Db, environmentId: string): Promise<void> {
  await db.insertInto('outbox').values({ environment_id: environmentId, action: 'wake' }).execute()
  await notify(db, 'kiln_outbox')
}
