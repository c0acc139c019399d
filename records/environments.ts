import { type Selectable, sql } from 'kysely'
import type { EnvironmentRef } from '#contract/environment.ts'
import type { EnvironmentReason } from '#contract/environment-reason.ts'
import type { EnvironmentVolume } from '#contract/volume.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { moveEnvironment, noteEvent, wakeWorkflow } from './environment-events.ts'
import { requireRoom } from './environment-room.ts'
import type { EnvironmentTable } from './environment-tables.ts'
import { notify } from './notify.ts'
import { lockRepeat, type RepeatKey, storeMade } from './repeat-keys.ts'

export interface NewEnvironment extends Pick<
  Selectable<EnvironmentTable>,
  'id' | 'project_id' | 'version_id' | 'name' | 'repository' | 'digest' | 'gpu' | 'cpu'
> {
  /** Name of the user who makes it; absent for nobody by name. */
  readonly user?: string | undefined
  readonly memoryBytes: number
  readonly diskBytes: number
  readonly command: readonly string[] | undefined
  readonly ports: readonly number[]
  readonly volumes: readonly EnvironmentVolume[]
  readonly ttlSeconds: number | undefined
  readonly idleSeconds: number | undefined
  /** Of the request that asks for it, where that may be sent again. */
  readonly repeat: RepeatKey | undefined
}

/**
 * Accepts an environment: its row, its outbox entry and its audit row in one transaction. The version is locked, so that
 * of this and its deletion one wins. @returns false when the version is deleted, or is to be.
 * @throws QuotaExceeded when the project has as many as it may, when it is to have a GPU and the project has as many or has
 * used its minutes, or when it is to write in volumes of the project that are full.
 * @throws MadeBefore and KeyReused for a repeated request.
 */
export async function acceptEnvironment(
  pool: Pool,
  actor: string,
  made: NewEnvironment,
): Promise<boolean> {
  const { memoryBytes, diskBytes, command, ports, ttlSeconds, idleSeconds, ...rest } = made
  const { repeat, volumes, user, ...row } = rest
  return pool.transaction().execute(async (db) => {
    await lockRepeat(db, repeat)
    if (!(await lockLivingVersion(db, made.version_id))) return false
    await requireRoom(db, made, true)
    await db
      .insertInto('environments')
      .values({
        ...row,
        created_by: user ?? null,
        memory_bytes: memoryBytes,
        disk_bytes: diskBytes,
        command: command === undefined ? null : JSON.stringify(command),
        ports: JSON.stringify(ports),
        volumes: JSON.stringify(volumes),
        ttl_seconds: ttlSeconds ?? null,
        idle_seconds: idleSeconds ?? null,
        state: 'waiting',
      })
      .execute()
    await noteEvent(db, { environmentId: made.id, start: 1 }, { state: 'waiting' })
    await startWorkflow(db, made.id)
    const detail = { name: made.name, digest: made.digest, ...(volumes.length > 0 && { volumes }) }
    await recordAudit(db, { actor, action: 'environment.create', object: made.id, detail })
    await storeMade(db, repeat, made.id)
    return true
  })
}

async function lockLivingVersion(db: Db, id: number): Promise<boolean> {
  const version = await db
    .selectFrom('versions')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  return version !== undefined
}

async function startWorkflow(db: Db, id: string): Promise<void> {
  await db.insertInto('outbox').values({ environment_id: id, action: 'start' }).execute()
  await notify(db, 'kiln_outbox')
}

export type StartAnswer = 'started' | 'active' | 'unknown'

/** Starts an environment again that rests, with the files that it had. @throws QuotaExceeded likewise. */
export async function restartEnvironment(
  pool: Pool,
  id: string,
  actor: string,
): Promise<StartAnswer> {
  return pool.transaction().execute(async (db) => {
    const known = await lockEnvironment(db, id)
    if (known === undefined) return 'unknown'
    if (known.state !== 'stopped' && known.state !== 'failed') return 'active'
    await requireRoom(db, known, false)
    const start = known.start + 1
    await db
      .updateTable('environments')
      .set({
        state: 'waiting',
        start,
        stop_wanted: null,
        ended: null,
        reason: null,
        message: null,
        exit_code: null,
        running_since: null,
        used_at: null,
        stopped_at: null,
        cpu_ms_of_start: 0,
        memory_used: null,
      })
      .where('id', '=', id)
      .execute()
    await noteEvent(db, { environmentId: id, start }, { state: 'waiting' })
    await startWorkflow(db, id)
    await recordAudit(db, {
      actor,
      action: 'environment.start',
      object: id,
      detail: { start },
    })
    return 'started'
  })
}

export type StopAnswer = 'asked' | 'resting' | 'unknown'

/** Asks for the end of the current start; who was first decides why. */
export async function stopEnvironment(
  pool: Pool,
  id: string,
  { actor, reason }: { readonly actor: string; readonly reason: EnvironmentReason },
): Promise<StopAnswer> {
  return pool.transaction().execute(async (db) => {
    const known = await lockEnvironment(db, id)
    if (known === undefined) return 'unknown'
    if (known.state === 'stopped' || known.state === 'failed') return 'resting'
    if (known.stop_wanted !== null) return 'asked'
    await db
      .updateTable('environments')
      .set({ stop_wanted: reason, waiting_since: null })
      .where('id', '=', id)
      .execute()
    await wakeWorkflow(db, id)
    await recordAudit(db, { actor, action: 'environment.stop', object: id, detail: { reason } })
    return 'asked'
  })
}

export type DeleteAnswer = 'deleted' | 'active' | 'unknown'

/** Lets go of an environment that rests. Its node removes the files as soon as it hears of it. */
export async function deleteEnvironment(
  pool: Pool,
  id: string,
  actor: string,
): Promise<DeleteAnswer> {
  return pool.transaction().execute(async (db) => {
    const known = await lockEnvironment(db, id)
    if (known === undefined) return 'unknown'
    if (known.state !== 'stopped' && known.state !== 'failed') return 'active'
    await db
      .updateTable('environments')
      .set({
        deleted_at: sql<Date>`now()`,
        removed_at: known.node_id === null ? sql<Date>`now()` : null,
      })
      .where('id', '=', id)
      .execute()
    await recordAudit(db, { actor, action: 'environment.delete', object: id })
    await notify(db, 'kiln_environments', id)
    return 'deleted'
  })
}

async function lockEnvironment(db: Db, id: string) {
  return db
    .selectFrom('environments')
    .select(['state', 'start', 'stop_wanted', 'node_id', 'gpu', 'volumes', 'project_id'])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
}

/** Shows what the registry says of how containers of its image start. @returns false when there is a later start. */
export async function storeImageConfig(
  db: Db,
  { environmentId, start }: EnvironmentRef,
  config: object,
): Promise<boolean> {
  const stored = await db
    .updateTable('environments')
    .set({ image_config: JSON.stringify(config) })
    .where('id', '=', environmentId)
    .where('start', '=', start)
    .returning('id')
    .executeTakeFirst()
  return stored !== undefined
}

/** Puts the environment into the queue for nodes, unless it is to stop. */
export async function awaitNode(pool: Pool, ref: EnvironmentRef): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await moveEnvironment(db, ref, ['waiting'], {
      waiting_since: sql<Date>`case when stop_wanted is null then coalesce(waiting_since, now()) end`,
    })
  })
}

/** Notes that somebody uses it, for its idle time. */
export async function noteUse(db: Db, id: string): Promise<void> {
  await db
    .updateTable('environments')
    .set({ used_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}
