import { environmentStates } from './environment.ts'
import { finalStatuses } from './stage.ts'

/** What a project can be told of. The triggers of the database write them: `migrations/0100-webhooks.ts`. */
export const webhookEvents = [
  'build.queued',
  'build.running',
  ...finalStatuses.map((status) => `build.${status}` as const),
  'version.verified',
  'version.published',
  'version.deleted',
  'version.restored',
  ...environmentStates.map((state) => `environment.${state}` as const),
] as const
export type WebhookEvent = (typeof webhookEvents)[number]

/** Sent when somebody asks for it. */
export const webhookTest = 'webhook.test'

/** `dead`: it was tried for as long as that is worth, or its webhook is disabled. It can be sent again by hand. */
export const deliveryStates = ['pending', 'delivered', 'dead'] as const
export type DeliveryState = (typeof deliveryStates)[number]
