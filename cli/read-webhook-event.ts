import { type WebhookEvent, webhookEvents } from '#contract/webhook.ts'
import { CommandError } from './command-error.ts'
import { exitCodes } from './exit-code.ts'
import type { Session } from './session.ts'
import { commands } from './texts/commands.ts'

/** @throws CommandError that names all there are. */
export function readWebhookEvent(text: string, { say }: Pick<Session, 'say'>): WebhookEvent {
  const event = webhookEvents.find((known) => known === text)
  if (event !== undefined) return event
  const values = { option: '--event', value: text, choices: webhookEvents.join(', ') }
  throw new CommandError(say(commands.notAnOption, values), exitCodes.usage)
}
