import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Pool } from '../../records/connect.ts'
import {
  claimDeliveries,
  type Due,
  noteDelivered,
  noteFailed,
} from '../../records/webhook-deliveries.ts'
import type { Vault } from '../secrets/vault.ts'
import { boundName } from './hook-secret.ts'
import { deliveryPause, patienceMs } from './patience.ts'
import { sendDelivery, type SendRules } from './send-delivery.ts'

export interface DelivererDeps extends Pick<SendRules, 'allowedHosts' | 'resolve' | 'now'> {
  readonly db: Pool
  readonly vault: Vault | undefined
  readonly random: () => number
  readonly log: Logger
}

/** Deliveries that are sent at once; of one webhook only one, so that a slow receiver holds up nobody but itself. */
const atOnce = 16
const limitMs = 10_000
const leaseMs = 60_000
/** While something is sent, how often to look whether others have something to be told. */
const lookMs = 250

/** Tells webhooks what there is to tell. Each call starts what is due, and waits no longer than a moment for it. */
export function createDeliverer(deps: DelivererDeps, signal: AbortSignal) {
  const sending = new Map<string, Promise<void>>()
  const work = async (): Promise<boolean> => {
    const { vault } = deps
    if (vault === undefined || sending.size >= atOnce || signal.aborted) return false
    const limit = atOnce - sending.size
    const busy = [...sending.keys()]
    const due = await claimDeliveries(deps.db, { busy, limit, leaseMs })
    for (const one of due) {
      const sent = deliver({ ...deps, vault }, one, signal)
        .catch((err: unknown) => deps.log.warn({ err, delivery: one.id }, 'webhook'))
        .finally(() => sending.delete(one.webhookId))
      sending.set(one.webhookId, sent)
    }
    // Whatever else a webhook is to be told is due as soon as it has taken this; others need not wait for a slow one.
    if (sending.size > 0) await Promise.race([...sending.values(), sleep(lookMs)])
    // One that was busy may be done by now, and have more to be told.
    return due.length > 0 || busy.length > 0
  }
  return { work, settled: async () => void (await Promise.all(sending.values())) }
}

async function deliver(
  { db, vault, random, ...rules }: DelivererDeps & { readonly vault: Vault },
  due: Due,
  signal: AbortSignal,
): Promise<void> {
  const { event: type, createdAt, data, project, webhookId } = due
  const opened = await vault.open(
    project,
    due.secrets.map((secret) => ({ ...secret, name: boundName(webhookId) })),
  )
  const secrets = opened.map(({ value }) => value.toString('utf8'))
  for (const { value } of opened) value.fill(0)
  const payload = JSON.stringify({
    type,
    timestamp: createdAt.toISOString(),
    data: { project: project.name, ...data },
  })
  const message = { id: due.messageId, url: due.url, payload, secrets }
  const { status, problem } = await sendDelivery(message, { ...rules, limitMs, signal })
  if (problem === undefined) return noteDelivered(db, due, status ?? 0)
  // It was not the receiver's doing: it is due again once the lease ends.
  if (signal.aborted) return
  const pauseMs = deliveryPause(due.tries, random())
  await noteFailed(db, due, { status, problem, pauseMs, gone: status === 410, patienceMs })
}
