import { sql } from 'kysely'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { notify } from './notify.ts'
import type { Scope } from './scope.ts'

/** What is to be told, with all that telling it takes. */
export interface Due {
  readonly id: number
  readonly webhookId: string
  readonly messageId: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
  readonly createdAt: Date
  /** With the one that begins now. */
  readonly tries: number
  readonly url: string
  readonly project: { readonly id: number; readonly name: string }
  /** The secret to sign with, and the one before while that counts. */
  readonly secrets: readonly { readonly sealed: Buffer; readonly version: string }[]
}

interface DueRow {
  readonly id: number
  readonly webhook_id: string
  readonly message_id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
  readonly created_at: Date
  readonly tries: number
  readonly url: string
  readonly project_id: number
  readonly project: string
  readonly secret: Buffer
  readonly secret_version: string
  readonly old_secret: Buffer | null
  readonly old_secret_version: string | null
}

/**
 * Takes what is due, the first of each webhook but of those that are `busy`. It is due again after `leaseMs`, so that a
 * server which dies over it costs no more than a second telling.
 */
export async function claimDeliveries(
  db: Pool,
  { busy, limit, leaseMs }: { busy: readonly string[]; limit: number; leaseMs: number },
): Promise<readonly Due[]> {
  const { rows } = await sql<DueRow>`
    with due as (
      select one.id from webhooks
      cross join lateral (
        select id from webhook_deliveries
        where webhook_id = webhooks.id and state = 'pending' and next_try_at <= now()
        order by next_try_at, id limit 1 for update skip locked
      ) as one
      where disabled_at is null and not (webhooks.id = any(${busy}::text[]))
      limit ${limit}
    ), taken as (
      update webhook_deliveries set tries = tries + 1,
        next_try_at = now() + ${leaseMs} * interval '1 millisecond'
      from due where webhook_deliveries.id = due.id
      returning webhook_deliveries.*
    )
    select taken.id, webhook_id, message_id, event, data, taken.created_at, tries, url, project_id,
      projects.name as project, secret, secret_version,
      case when old_secret_until > now() then old_secret end as old_secret, old_secret_version
    from taken join webhooks on webhooks.id = webhook_id
    join projects on projects.id = project_id`.execute(db)
  return rows.map(readDue)
}

function readDue(row: DueRow): Due {
  const { id, event, data, tries, url, old_secret: old, old_secret_version: oldVersion } = row
  return {
    id,
    webhookId: row.webhook_id,
    messageId: row.message_id,
    event,
    data,
    createdAt: row.created_at,
    tries,
    url,
    project: { id: row.project_id, name: row.project },
    secrets: [
      { sealed: row.secret, version: row.secret_version },
      ...(old === null || oldVersion === null ? [] : [{ sealed: old, version: oldVersion }]),
    ],
  }
}

/** It was taken: the webhook is well. */
export async function noteDelivered(
  db: Db,
  { id, webhookId }: Pick<Due, 'id' | 'webhookId'>,
  status: number,
): Promise<void> {
  await db
    .with('hook', (with_) =>
      with_
        .updateTable('webhooks')
        .set({ failing_since: null })
        .where('id', '=', webhookId)
        .where('failing_since', 'is not', null),
    )
    .updateTable('webhook_deliveries')
    .set({ state: 'delivered', answer_status: status, problem: null, ended_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

interface Failed {
  readonly status: number | null
  readonly problem: string
  /** After how long to try again; absent when it is given up. */
  readonly pauseMs: number | undefined
  /** The receiver has said that it wants nothing any more. */
  readonly gone: boolean
  /** Failing for so long, the webhook is disabled. */
  readonly patienceMs: number
}

/** It was not taken. A webhook that nobody has answered for long is disabled, with the reason. */
export async function noteFailed(
  pool: Pool,
  { id, webhookId }: Pick<Due, 'id' | 'webhookId'>,
  { status, problem, pauseMs, gone, patienceMs }: Failed,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const hook = await db
      .updateTable('webhooks')
      .set({ failing_since: sql<Date>`coalesce(failing_since, now())` })
      .where('id', '=', webhookId)
      .where('disabled_at', 'is', null)
      .returning(['project_id'])
      .returning(
        sql<boolean>`failing_since < now() - ${patienceMs} * interval '1 millisecond'`.as('isLong'),
      )
      .executeTakeFirst()
    const ends = pauseMs === undefined || gone
    await db
      .updateTable('webhook_deliveries')
      .set({
        answer_status: status,
        problem,
        ...(ends
          ? { state: 'dead' as const, ended_at: sql<Date>`now()` }
          : { next_try_at: sql<Date>`now() + ${pauseMs} * interval '1 millisecond'` }),
      })
      .where('id', '=', id)
      .execute()
    if (hook === undefined || !(gone || (ends && hook.isLong))) return
    const because = gone
      ? 'the receiver says that it is gone (410)'
      : `nothing was taken for long: ${problem}`
    await disable(db, webhookId, hook.project_id, because.slice(0, 256))
  })
}

async function disable(db: Db, id: string, projectId: number, because: string): Promise<void> {
  await db
    .updateTable('webhooks')
    .set({ disabled_at: sql<Date>`now()`, disabled_because: because })
    .where('id', '=', id)
    .execute()
  await db
    .updateTable('webhook_deliveries')
    .set({ state: 'dead', problem: 'the webhook is disabled', ended_at: sql<Date>`now()` })
    .where('webhook_id', '=', id)
    .where('state', '=', 'pending')
    .execute()
  const detail = { because }
  await recordAudit(db, { actor: 'farm', action: 'webhook.disable', object: id, detail, projectId })
}

interface Asked {
  readonly projectId: number
  readonly webhookId: string
  readonly object: string
}

/** Sends one again that has ended, with its message's id and as often as a new one. @returns false when there is none. */
export async function replayDelivery(
  { farm, actor }: Scope,
  { projectId, webhookId, object }: Asked,
  id: number,
): Promise<boolean> {
  return farm.transaction().execute(async (db) => {
    const again = await db
      .updateTable('webhook_deliveries')
      .set({ state: 'pending', tries: 0, next_try_at: sql<Date>`now()`, ended_at: null })
      .where('id', '=', id)
      .where('webhook_id', '=', webhookId)
      .where('state', '<>', 'pending')
      .returning('message_id')
      .executeTakeFirst()
    if (again === undefined) return false
    const detail = { message: again.message_id }
    await recordAudit(db, { actor, action: 'webhook.replay', object, detail, projectId })
    await notify(db, 'kiln_webhooks')
    return true
  })
}

/** Has a webhook told something that did not happen, to try it. @returns the id of the delivery. */
export async function testWebhook(
  { farm, actor }: Scope,
  { projectId, webhookId, object }: Asked,
  { event, messageId }: { readonly event: string; readonly messageId: string },
): Promise<number> {
  return farm.transaction().execute(async (db) => {
    const { id } = await db
      .insertInto('webhook_deliveries')
      .values({ webhook_id: webhookId, message_id: messageId, event, data: '{}' })
      .returning('id')
      .executeTakeFirstOrThrow()
    await recordAudit(db, { actor, action: 'webhook.test', object, projectId })
    await notify(db, 'kiln_webhooks')
    return id
  })
}

const sweepBatch = 1_000

/** Forgets what ended this long ago. @returns whether there may be more. */
export async function sweepDeliveries(db: Pool, olderThanMs: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('webhook_deliveries')
    .where('id', 'in', (old) =>
      old
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('state', '<>', 'pending')
        .where('ended_at', '<', sql<Date>`now() - ${olderThanMs} * interval '1 millisecond'`)
        .limit(sweepBatch),
    )
    .executeTakeFirst()
  return Number(numDeletedRows) === sweepBatch
}
