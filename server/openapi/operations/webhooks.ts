import {
  newWebhookAnswer,
  webhook,
  webhookDeliveries,
  webhookPage,
  webhookTested,
} from '#contract/wire/answers/webhook.ts'
import { webhookEvents } from '#contract/webhook.ts'
import { empty, json, type Resource } from '../operation.ts'

const all = '/api/projects/:project/webhooks'
const one = `${all}/:webhook`

export const webhooks: Resource = {
  name: 'Webhooks',
  description: [
    'Addresses that are told of what changes in a project, as [Standard Webhooks](https://www.standardwebhooks.com) says: `POST` with a JSON body `{type, timestamp, data}` and the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. A message may come more than once, and not in order: its id tells.',
    `Events: ${webhookEvents.map((event) => `\`${event}\``).join(', ')}.`,
  ].join('\n\n'),
  operations: {
    [`GET ${all}`]: {
      id: 'listWebhooks',
      summary: 'List the webhooks of a project',
      answer: json(webhookPage, 'All of them, without their secrets.'),
    },
    [`POST ${all}`]: {
      id: 'createWebhook',
      summary: 'Have an address told of what changes',
      description:
        'Addresses that are not https, or not public, are told nothing unless the operator allows their host.',
      answer: json(
        newWebhookAnswer,
        'The webhook, with the secret that is not answered again.',
        201,
      ),
      refusals: ['too_many_webhooks', 'secrets_off'],
      example: {
        url: 'https://ci.example.com/kiln',
        events: ['build.succeeded', 'build.failed'],
      },
    },
    [`GET ${one}`]: {
      id: 'getWebhook',
      summary: 'Show a webhook',
      answer: json(webhook, 'The webhook, with why it is disabled if it is.'),
    },
    [`PATCH ${one}`]: {
      id: 'changeWebhook',
      summary: 'Change a webhook, disable it, or let it go on',
      answer: json(webhook, 'The webhook as it is now.'),
      example: { enabled: true },
    },
    [`DELETE ${one}`]: {
      id: 'deleteWebhook',
      summary: 'Delete a webhook with its deliveries',
      answer: empty('It is told nothing any more.'),
    },
    [`POST ${one}/rotate`]: {
      id: 'rotateWebhookSecret',
      summary: 'Sign with another secret from now on',
      description: 'For a day deliveries carry a signature by the secret before, too.',
      answer: json(newWebhookAnswer, 'The webhook, with the secret that is not answered again.'),
      refusals: ['secrets_off'],
    },
    [`POST ${one}/test`]: {
      id: 'testWebhook',
      summary: 'Send a webhook a test',
      answer: json(webhookTested, 'The delivery, whose state says what came of it.', 202),
    },
    [`GET ${one}/deliveries`]: {
      id: 'listDeliveries',
      summary: 'List what a webhook was told, and is to be told',
      description: 'What has ended is kept for two weeks.',
      answer: json(webhookDeliveries, 'One page of deliveries, newest first.'),
    },
    [`POST ${one}/deliveries/:delivery{[0-9]+}/replay`]: {
      id: 'replayDelivery',
      summary: 'Send a delivery again that has ended',
      answer: empty('It is sent soon, with the id of its message.'),
    },
  },
}
