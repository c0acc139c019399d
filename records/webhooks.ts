import { type Selectable, sql } from 'kysely'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import type { Scope } from './scope.ts'
import type { WebhookTable } from './webhook-tables.ts'

export type WebhookRow = Selectable<WebhookTable>

interface Owner {
  readonly id: number
  readonly name: string
}

/** A secret as it lies in the table. */
export interface SealedHookSecret {
  readonly sealed: Uint8Array
  readonly version: string
}

/** Webhooks that a project may have. */
export const maxWebhooks = 20

interface NewWebhook {
  readonly id: string
  readonly url: string
  readonly events: readonly string[]
  readonly description: string
  readonly secret: SealedHookSecret
}

/** @returns undefined when the project has as many as it may. */
export async function createWebhook(
  { farm, actor }: Scope,
  project: Owner,
  { secret, ...webhook }: NewWebhook,
): Promise<WebhookRow | undefined> {
  return farm.transaction().execute(async (db) => {
    // So that two at once do not both find room for the last one.
    await db.selectFrom('projects').select('id').where('id', '=', project.id).forUpdate().execute()
    const { count } = await db
      .selectFrom('webhooks')
      .select((of) => of.fn.countAll<number>().as('count'))
      .where('project_id', '=', project.id)
      .executeTakeFirstOrThrow()
    if (count >= maxWebhooks) return undefined
    const created = await db
      .insertInto('webhooks')
      .values({
        ...webhook,
        project_id: project.id,
        secret: Buffer.from(secret.sealed),
        secret_version: secret.version,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const detail = { url: webhook.url, events: webhook.events }
    await audit(db, { actor, action: 'webhook.create', detail }, project, webhook.id)
    return created
  })
}

export async function findWebhook(
  db: Db,
  projectId: number,
  id: string,
): Promise<WebhookRow | undefined> {
  return db
    .selectFrom('webhooks')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst()
}

interface Change {
  readonly url?: string | undefined
  readonly events?: readonly string[] | undefined
  readonly description?: string | undefined
  readonly enabled?: boolean | undefined
}

/** What is absent stays as it is. One that is let go on is as if it had never failed. */
export async function changeWebhook(
  { farm, actor }: Scope,
  project: Owner,
  id: string,
  { enabled, ...change }: Change,
): Promise<WebhookRow | undefined> {
  return farm.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('webhooks')
      .set({
        ...change,
        ...(enabled === true && { disabled_at: null, disabled_because: null, failing_since: null }),
        ...(enabled === false && {
          disabled_at: sql<Date>`now()`,
          disabled_because: 'disabled by hand',
        }),
      })
      .where('project_id', '=', project.id)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    if (changed === undefined) return undefined
    await audit(
      db,
      { actor, action: 'webhook.change', detail: { ...change, enabled } },
      project,
      id,
    )
    return changed
  })
}

/** Deletes it with all that it was to be told. @returns false when there is none. */
export async function deleteWebhook(
  { farm, actor }: Scope,
  project: Owner,
  id: string,
): Promise<boolean> {
  return farm.transaction().execute(async (db) => {
    const deleted = await db
      .deleteFrom('webhooks')
      .where('project_id', '=', project.id)
      .where('id', '=', id)
      .returning('url')
      .executeTakeFirst()
    if (deleted === undefined) return false
    const detail = { url: deleted.url }
    await audit(db, { actor, action: 'webhook.delete', detail }, project, id)
    return true
  })
}

/** Signs with another secret from now on, and with the one before for `overlapMs` more. */
export async function rotateSecret(
  { farm, actor }: Scope,
  project: Owner,
  id: string,
  { sealed, version, overlapMs }: SealedHookSecret & { readonly overlapMs: number },
): Promise<WebhookRow | undefined> {
  return farm.transaction().execute(async (db) => {
    const rotated = await db
      .updateTable('webhooks')
      .set((set) => ({
        old_secret: set.ref('secret'),
        old_secret_version: set.ref('secret_version'),
        old_secret_until: sql<Date>`now() + ${overlapMs} * interval '1 millisecond'`,
        secret: Buffer.from(sealed),
        secret_version: version,
      }))
      .where('project_id', '=', project.id)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    if (rotated === undefined) return undefined
    await audit(db, { actor, action: 'webhook.rotate', detail: {} }, project, id)
    return rotated
  })
}

async function audit(
  db: Db,
  entry: { readonly actor: string; readonly action: string; readonly detail: object },
  project: Owner,
  id: string,
): Promise<void> {
  await recordAudit(db, { ...entry, object: `${project.name}/${id}`, projectId: project.id })
}
