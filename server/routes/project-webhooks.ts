import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { z } from 'zod'
import { deliveryStates, webhookTest } from '#contract/webhook.ts'
import { changeWebhook as changeSchema, newWebhook } from '#contract/wire/webhook.ts'
import { replayDelivery, testWebhook } from '../../records/webhook-deliveries.ts'
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  findWebhook,
  maxWebhooks,
  rotateSecret,
} from '../../records/webhooks.ts'
import type { ApiEnv, RequestScope } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { jsonBody, limitBody, parameters, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { listDeliveries, listWebhooks, showWebhook } from '../views/webhook-list.ts'
import { makeHookSecret } from '../webhooks/hook-secret.ts'
import { overlapMs } from '../webhooks/patience.ts'
import { getProject } from './get-project.ts'
import { idCursor, limit } from './paging.ts'

const maxBytes = 8 * 1024
const page = z.object({ state: z.enum(deliveryStates).optional(), cursor: idCursor, limit })
const one = '/:project/webhooks/:webhook' as const
const deliveryPath = z.object({
  project: z.string(),
  webhook: z.string(),
  delivery: z.coerce.number().int().positive(),
})
const secretHeaders = { 'cache-control': 'no-store' }

/** Where a project wants to be told of what changes in it. All of it is for its admins. */
export function projectWebhookRoutes({ newId, vault }: Pick<RouteDeps, 'newId' | 'vault'>) {
  const body = [limitBody(maxBytes), requireJson] as const
  return new Hono<ApiEnv>()
    .get('/:project/webhooks', async (c) => {
      const scope = c.get('scope')
      const { id } = await getProject(scope, c.req.param('project'), 'admin')
      return c.json(await listWebhooks(scope.farm, id))
    })
    .post('/:project/webhooks', ...body, jsonBody(newWebhook), async (c) => {
      const scope = c.get('scope')
      const project = await getProject(scope, c.req.param('project'), 'admin')
      if (vault === undefined) throw new Refusal('secrets_off')
      const id = newId('hook')
      const { text, kept } = await makeHookSecret(vault, project, id)
      const wanted = { id, ...c.req.valid('json'), secret: kept }
      const created = await createWebhook(scope, project, wanted)
      if (created === undefined) {
        throw new Refusal('too_many_webhooks', `the project has ${maxWebhooks} already`)
      }
      return c.json({ ...showWebhook(created), secret: text }, 201, secretHeaders)
    })
    .get(one, async (c) => {
      const { webhook } = await getWebhook(c.get('scope'), c.req.param())
      return c.json(showWebhook(webhook))
    })
    .patch(one, ...body, jsonBody(changeSchema), async (c) => {
      const scope = c.get('scope')
      const { project, webhook } = await getWebhook(scope, c.req.param())
      const changed = await changeWebhook(scope, project, webhook.id, c.req.valid('json'))
      if (changed === undefined) throw unknown(webhook.id)
      return c.json(showWebhook(changed))
    })
    .delete(one, async (c) => {
      const scope = c.get('scope')
      const { project, webhook } = await getWebhook(scope, c.req.param())
      if (!(await deleteWebhook(scope, project, webhook.id))) throw unknown(webhook.id)
      return c.body(null, 204)
    })
    .route('/', secretRoutes(vault))
    .route('/', deliveryRoutes())
}

function secretRoutes(vault: RouteDeps['vault']) {
  return new Hono<ApiEnv>().post(`${one}/rotate`, async (c) => {
    const scope = c.get('scope')
    const { project, webhook } = await getWebhook(scope, c.req.param())
    if (vault === undefined) throw new Refusal('secrets_off')
    const { text, kept } = await makeHookSecret(vault, project, webhook.id)
    const rotated = await rotateSecret(scope, project, webhook.id, { ...kept, overlapMs })
    if (rotated === undefined) throw unknown(webhook.id)
    return c.json({ ...showWebhook(rotated), secret: text }, 200, secretHeaders)
  })
}

function deliveryRoutes() {
  return new Hono<ApiEnv>()
    .post(`${one}/test`, async (c) => {
      const scope = c.get('scope')
      const { asked } = await getWebhook(scope, c.req.param())
      const message = { event: webhookTest, messageId: `msg_${randomUUID().replaceAll('-', '')}` }
      const id = await testWebhook(scope, asked, message)
      return c.json({ id, message_id: message.messageId }, 202)
    })
    .get(`${one}/deliveries`, query(page), async (c) => {
      const { cursor: before, ...rest } = c.req.valid('query')
      const { webhook } = await getWebhook(c.get('scope'), c.req.param())
      return c.json(await listDeliveries(c.get('scope').farm, webhook.id, { before, ...rest }))
    })
    .post(`${one}/deliveries/:delivery{[0-9]+}/replay`, parameters(deliveryPath), async (c) => {
      const scope = c.get('scope')
      const { delivery } = c.req.valid('param')
      const { asked } = await getWebhook(scope, c.req.param())
      if (!(await replayDelivery(scope, asked, delivery))) {
        throw new Refusal('not_found', `it has no delivery ${delivery} that has ended`)
      }
      return c.body(null, 204)
    })
}

/** @throws Refusal when there is no such webhook for the caller. */
async function getWebhook(
  scope: RequestScope,
  { project: name, webhook: id }: { readonly project: string; readonly webhook: string },
) {
  const project = await getProject(scope, name, 'admin')
  const webhook = await findWebhook(scope.farm, project.id, id.slice(0, 40))
  if (webhook === undefined) throw unknown(id)
  const object = `${project.name}/${webhook.id}`
  return { project, webhook, asked: { projectId: project.id, webhookId: webhook.id, object } }
}

const unknown = (id: string) => new Refusal('not_found', `there is no webhook ${id.slice(0, 40)}`)
