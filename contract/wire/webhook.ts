import { z } from 'zod'
import { webhookEvents } from '../webhook.ts'

/** Where the farm is to tell it. A login in it would be shown to all admins. */
const url = z
  .url({ protocol: /^https?$/, error: 'expected https://host/path', abort: true })
  .max(2048)
  .refine((text) => {
    const { username, password, hash } = new URL(text)
    return username === '' && password === '' && hash === ''
  }, 'expected an address without user, password and "#"')

const events = z.array(z.enum(webhookEvents)).min(1).max(webhookEvents.length)
const description = z.string().max(256)

export const newWebhook = z.strictObject({
  url,
  /** All of them when absent. */
  events: events.default([...webhookEvents]),
  description: description.default(''),
})

/** What is absent stays as it is. */
export const changeWebhook = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    /** `true` lets one be told again that was disabled. */
    enabled: z.boolean().optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: 'nothing to change',
  })
