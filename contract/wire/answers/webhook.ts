import { z } from 'zod'
import { deliveryStates, webhookEvents } from '../../webhook.ts'
import { page } from './page.ts'
import { time } from './time.ts'

export const webhook = z.looseObject({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string().meta({ examples: [...webhookEvents] })),
  enabled: z.boolean(),
  disabled_because: z.string().nullable(),
  failing_since: time.nullable().describe('Since when nothing could be delivered.'),
  old_secret_until: time
    .nullable()
    .describe('Until when deliveries are signed with the secret before, too.'),
  created_at: time,
})

export const webhookPage = page.extend({ webhooks: z.array(webhook) })

export const newWebhookAnswer = webhook.extend({
  secret: z
    .string()
    .describe('With which deliveries are signed. It is answered once and never again.'),
})

export const webhookDelivery = z.looseObject({
  id: z.number().int(),
  message_id: z.string().describe('The same for every try, and sent as `webhook-id`.'),
  event: z.string(),
  data: z.record(z.string(), z.unknown()),
  state: z.enum(deliveryStates),
  tries: z.number().int(),
  next_try_at: time.nullable(),
  answer_status: z.number().int().nullable(),
  problem: z.string().nullable(),
  created_at: time,
  ended_at: time.nullable(),
})

export const webhookDeliveries = page.extend({ deliveries: z.array(webhookDelivery) })

export const webhookTested = z.looseObject({ id: z.number().int(), message_id: z.string() })
