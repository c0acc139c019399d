import type { Generated } from 'kysely'
import type { DeliveryState } from '#contract/webhook.ts'
import type { Json, OptionalText, OptionalTime, Time } from './columns.ts'

export interface WebhookTable {
  id: string
  project_id: number
  url: string
  description: string
  events: readonly string[]
  /** Sealed under the key of the project; the version is a part of what it is bound to. */
  secret: Buffer
  secret_version: string
  /** The secret before, with which deliveries are signed too until then. */
  old_secret: Buffer | null
  old_secret_version: OptionalText<string>
  old_secret_until: OptionalTime
  failing_since: OptionalTime
  disabled_at: OptionalTime
  disabled_because: OptionalText<string>
  created_at: Time
}

export interface WebhookDeliveryTable {
  id: Generated<number>
  webhook_id: string
  message_id: string
  event: string
  data: Json<Readonly<Record<string, unknown>>>
  state: Generated<DeliveryState>
  tries: Generated<number>
  next_try_at: Time
  answer_status: number | null
  problem: OptionalText<string>
  created_at: Time
  ended_at: OptionalTime
}

export interface WebhookTables {
  webhooks: WebhookTable
  webhook_deliveries: WebhookDeliveryTable
}
