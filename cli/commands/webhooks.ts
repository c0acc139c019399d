import { type Command, Option } from 'commander'
import { type DeliveryState, deliveryStates, webhookEvents } from '#contract/webhook.ts'
import { commandOf, gather, type PageOptions, positive, withPaging } from '../command-of.ts'
import { createSay, type Language } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import { table } from '../output/table.ts'
import { readWebhookEvent } from '../read-webhook-event.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { common } from '../texts/common.ts'
import { help } from '../texts/help.ts'
import { projectTexts } from '../texts/projects.ts'
import { addChangesOfWebhooks } from './change-webhooks.ts'

interface CreateOptions {
  readonly event?: readonly string[]
  readonly description?: string
}

interface DeliveryOptions extends PageOptions {
  readonly state?: DeliveryState
}

/** Where a project has others told of what changes in it. */
export function addWebhooks(program: Command, runner: Runner): void {
  const { deps, run } = runner
  const { language } = deps
  const say = createSay(language)
  const webhooks = commandOf(program, 'webhooks', help.webhooks, language)
  commandOf(webhooks, 'ls', help.webhookList, language, { isDefault: true }).action(
    run(listWebhooks),
  )
  commandOf(webhooks, 'create', help.webhookCreate, language)
    .argument('<url>', say(help.webhookUrl))
    .option('--event <event>', say(help.webhookEvent), gather)
    .option('--description <text>', say(help.webhookAbout))
    .action(run(createWebhook))
  addChangesOfWebhooks(webhooks, runner)
  withId(commandOf(webhooks, 'rm', help.webhookRemove, language), language).action(
    run(async ({ client, ownProject: project, answer, say: sayIn }, id: string) => {
      await client.webhooks.remove(project, id)
      answer({ id, deleted: true }, () => [sayIn(projectTexts.hookGone, { id })])
    }),
  )
  const deliveries = commandOf(webhooks, 'deliveries', help.deliveries, language)
  withPaging(withId(deliveries, language), language)
    .addOption(new Option('--state <state>', say(help.deliveryState)).choices(deliveryStates))
    .action(run(listDeliveries))
  withId(commandOf(webhooks, 'replay', help.replay, language), language)
    .argument('<delivery>', say(help.deliveryId), positive)
    .action(run(replay))
}

function withId(command: Command, language: Language): Command {
  return command.argument('<webhook>', createSay(language)(help.webhookId))
}

async function listWebhooks({ client, ownProject: project, answer, say, json, tell }: Session) {
  const { webhooks } = await client.webhooks.list(project)
  answer({ webhooks }, () =>
    webhooks.length === 0
      ? []
      : table(
          ['ID', 'URL', 'EVENTS', 'STATE'],
          webhooks.map(({ id, url, events, enabled, disabled_because: reason }) => [
            id,
            url,
            events.length === webhookEvents.length ? '*' : events.join(','),
            enabled
              ? say(projectTexts.hookOn)
              : say(projectTexts.hookOff, { reason: reason ?? '' }),
          ]),
        ),
  )
  if (!json && webhooks.length === 0) tell(say(common.none))
}

/** The secret goes to standard output alone, so that it can be kept without being seen. */
async function createWebhook(session: Session, url: string, options: CreateOptions) {
  const { client, ownProject: project, answer, say } = session
  const { event: named, description } = options
  const made = await client.webhooks.create(project, {
    url,
    ...(named !== undefined && { events: named.map((text) => readWebhookEvent(text, session)) }),
    ...(description !== undefined && { description }),
  })
  answer(made, () => [made.secret])
  if (!session.json) session.tell(`${made.id}: ${say(projectTexts.hookSecret)}`)
}

async function listDeliveries(session: Session, id: string, options: DeliveryOptions) {
  const { client, ownProject: project } = session
  const { state, ...paging } = options
  await printPages(session, paging, {
    read: async (page) => client.webhooks.deliveries(project, id, { state, ...page }),
    key: 'deliveries',
    rowsOf: (page) => page.deliveries,
    heading: ['ID', 'EVENT', 'STATE', 'TRIES', 'ANSWER', 'CREATED'],
    show: ({ id: number, event, state: now, tries, answer_status: status, problem, ...row }) => [
      `${number}`,
      event,
      now,
      `${tries}`,
      problem ?? `${status ?? ''}`,
      row.created_at,
    ],
  })
}

async function replay(session: Session, id: string, delivery: number) {
  const { client, ownProject: project, answer, say } = session
  await client.webhooks.replay(project, id, delivery)
  answer({ id, delivery, replayed: true }, () => [
    say(projectTexts.hookReplayed, { delivery: `${delivery}` }),
  ])
}
