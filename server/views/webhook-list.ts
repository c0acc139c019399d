import type { Selectable } from 'kysely'
import type { DeliveryState } from '#contract/webhook.ts'
import type { Db } from '../../records/connect.ts'
import type { WebhookDeliveryTable } from '../../records/webhook-tables.ts'
import { maxWebhooks, type WebhookRow } from '../../records/webhooks.ts'

/** The webhooks of a project; there are never more than a page holds. */
export async function listWebhooks(db: Db, projectId: number) {
  const rows = await db
    .selectFrom('webhooks')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('id')
    .limit(maxWebhooks)
    .execute()
  return { webhooks: rows.map(showWebhook) }
}

/** Everything but its secret. */
export function showWebhook({ id, url, description, events, ...row }: WebhookRow) {
  return {
    id,
    url,
    description,
    events,
    enabled: row.disabled_at === null,
    disabled_because: row.disabled_because,
    failing_since: row.failing_since?.toISOString() ?? null,
    old_secret_until: row.old_secret_until?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  }
}

interface Page {
  /** Id of the last one of the page before. */
  readonly before?: number | undefined
  readonly limit: number
  readonly state?: DeliveryState | undefined
}

/** What a webhook was told and is to be told, newest first. */
export async function listDeliveries(db: Db, webhookId: string, { before, limit, state }: Page) {
  const rows = await db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('id', '<', before ?? Number.MAX_SAFE_INTEGER)
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'dead'))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const deliveries = rows.slice(0, limit).map(showDelivery)
  const next = rows.length > limit ? deliveries.at(-1)?.id : undefined
  return { deliveries, ...(next !== undefined && { next_cursor: String(next) }) }
}

function showDelivery({
  id,
  message_id,
  event,
  data,
  state,
  tries,
  ...row
}: Selectable<WebhookDeliveryTable>) {
  return {
    id,
    message_id,
    event,
    data,
    state,
    tries,
    next_try_at: state === 'pending' ? row.next_try_at.toISOString() : null,
    answer_status: row.answer_status,
    problem: row.problem,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  }
}
