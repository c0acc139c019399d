import type { z } from 'zod'
import {
  newWebhookAnswer,
  webhook,
  webhookDeliveries,
  webhookPage,
  webhookTested,
} from '#contract/wire/answers/webhook.ts'
import type { DeliveryState } from '#contract/webhook.ts'
import type { changeWebhook, newWebhook } from '#contract/wire/webhook.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, readAnswer, send } from './request.ts'

const pathOf = (project: string, id?: string) =>
  `/api/projects/${encodeURIComponent(project)}/webhooks${id === undefined ? '' : `/${encodeURIComponent(id)}`}`

/** Where a project wants to be told of what changes in it. All of them throw ServerError. */
export function createWebhooks(connection: Connection) {
  return {
    list: async (project: string) => readAnswer(connection, { path: pathOf(project) }, webhookPage),
    read: async (project: string, id: string) =>
      readAnswer(connection, { path: pathOf(project, id) }, webhook),
    /** The secret is answered this once. */
    create: async (project: string, body: z.input<typeof newWebhook>) =>
      readAnswer(connection, { method: 'POST', path: pathOf(project), body }, newWebhookAnswer),
    change: async (project: string, id: string, body: z.input<typeof changeWebhook>) =>
      readAnswer(connection, { method: 'PATCH', path: pathOf(project, id), body }, webhook),
    remove: async (project: string, id: string) => {
      await send(connection, { method: 'DELETE', path: pathOf(project, id) })
    },
    /** Another secret; for a day the one before signs, too. */
    rotate: async (project: string, id: string) => {
      const path = `${pathOf(project, id)}/rotate`
      return readAnswer(connection, { method: 'POST', path }, newWebhookAnswer)
    },
    /** Has `webhook.test` sent. */
    test: async (project: string, id: string) =>
      readAnswer(
        connection,
        { method: 'POST', path: `${pathOf(project, id)}/test` },
        webhookTested,
      ),
    deliveries: async (
      project: string,
      id: string,
      query: PageQuery & { readonly state?: DeliveryState | undefined },
    ) => {
      const path = `${pathOf(project, id)}/deliveries`
      return readAnswer(connection, { path, query: { ...query } }, webhookDeliveries)
    },
    /** Sends one again that has ended. */
    replay: async (project: string, id: string, delivery: number) => {
      const path = `${pathOf(project, id)}/deliveries/${delivery}/replay`
      await send(connection, { method: 'POST', path })
    },
  }
}
