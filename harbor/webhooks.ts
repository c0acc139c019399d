import { z } from 'zod'
import type { Send } from './connection.ts'
import { listAll } from './pages.ts'

const nothingIfNull = <T>(list: readonly T[] | null) => list ?? []

const webhookBody = z.object({
  id: z.number().int(),
  name: z.string(),
  enabled: z.boolean(),
  event_types: z.array(z.string()).nullable().transform(nothingIfNull),
  targets: z
    .array(z.object({ type: z.string(), address: z.string() }))
    .nullable()
    .transform(nothingIfNull),
})

export interface Webhook {
  readonly name: string
  readonly address: string
  /** Sent as it is in the header Authorization: the only proof of who called. */
  readonly authorization: string
  /** Such as `SCANNING_COMPLETED`. */
  readonly events: readonly string[]
}

export interface HarborWebhooks {
  list(project: string): AsyncGenerator<z.infer<typeof webhookBody>>
  add(project: string, webhook: Webhook): Promise<void>
  update(project: string, id: number, webhook: Webhook): Promise<void>
}

const at = (project: string) => `/projects/${encodeURIComponent(project)}/webhook/policies`

/** Calls of Harbor come late, twice, in another order or never: they say where to look, not what is. */
export function createWebhooks(send: Send): HarborWebhooks {
  return {
    list: (project) =>
      listAll(send, {
        operation: 'list the webhooks',
        path: at(project),
        row: webhookBody,
        sort: 'id',
      }),
    add: async (project, webhook) => {
      const body = toBody(webhook)
      await send({ operation: 'add a webhook', method: 'POST', path: at(project), body })
    },
    update: async (project, id, webhook) => {
      const path = `${at(project)}/${id}`
      await send({ operation: 'change a webhook', method: 'PUT', path, body: toBody(webhook) })
    },
  }
}

/** As CloudEvents, which carry an id by which a repeated delivery is known. */
function toBody({ name, address, authorization, events }: Webhook) {
  const target = {
    type: 'http',
    address,
    auth_header: authorization,
    skip_cert_verify: false,
    payload_format: 'CloudEvents',
  }
  return { name, enabled: true, event_types: events, targets: [target] }
}
