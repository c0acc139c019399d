import { type Command, Option } from 'commander'
import { CommandError } from '../command-error.ts'
import { commandOf, gather } from '../command-of.ts'
import { exitCodes } from '../exit-code.ts'
import { createSay } from '../language.ts'
import { readWebhookEvent } from '../read-webhook-event.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { projectTexts } from '../texts/projects.ts'
import { webhookTexts } from '../texts/webhooks.ts'

interface SetOptions {
  readonly url?: string
  readonly event?: readonly string[]
  readonly description?: string
  readonly enable?: boolean
  readonly disable?: boolean
}

/** What there is to a webhook once it is made, besides its end. */
export function addChangesOfWebhooks(webhooks: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  commandOf(webhooks, 'set', webhookTexts.set, language)
    .argument('<webhook>', say(help.webhookId))
    .option('--url <url>', say(help.webhookUrl))
    .option('--event <event>', say(webhookTexts.event), gather)
    .option('--description <text>', say(help.webhookAbout))
    .option('--enable', say(webhookTexts.enable))
    .addOption(new Option('--disable', say(webhookTexts.disable)).conflicts('enable'))
    .action(run(setWebhook))
  commandOf(webhooks, 'rotate', webhookTexts.rotate, language)
    .argument('<webhook>', say(help.webhookId))
    .action(run(rotate))
  commandOf(webhooks, 'test', webhookTexts.test, language)
    .argument('<webhook>', say(help.webhookId))
    .action(
      run(async ({ client, ownProject: project, answer, say: sayIn }, id: string) => {
        const sent = await client.webhooks.test(project, id)
        answer(sent, () => [sayIn(webhookTexts.tested, { id, delivery: sent.id })])
      }),
    )
}

async function setWebhook(session: Session, id: string, options: SetOptions) {
  const { client, ownProject: project, answer, say } = session
  const { url, event: named, description, enable, disable } = options
  const events = named?.map((text) => readWebhookEvent(text, session))
  const enabled = enable === true ? true : disable === true ? false : undefined
  const change = {
    ...(url !== undefined && { url }),
    ...(events !== undefined && { events }),
    ...(description !== undefined && { description }),
    ...(enabled !== undefined && { enabled }),
  }
  if (Object.keys(change).length === 0) {
    throw new CommandError(say(webhookTexts.nothing), exitCodes.usage)
  }
  const changed = await client.webhooks.change(project, id, change)
  answer(changed, () => [say(webhookTexts.changed, { id })])
}

/** The secret goes to standard output alone, as that of a new one does. */
async function rotate(
  { client, ownProject: project, answer, say, json, tell }: Session,
  id: string,
) {
  const rotated = await client.webhooks.rotate(project, id)
  answer(rotated, () => [rotated.secret])
  if (json) return
  const until = rotated.old_secret_until ?? '?'
  tell(`${id}: ${say(projectTexts.hookSecret)}`, say(webhookTexts.bothSign, { until }))
}
