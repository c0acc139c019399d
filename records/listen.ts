import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Channel } from './notify.ts'

const reconnectMs = 500

export interface Listener extends AsyncDisposable {
  /** Calls back on each notification of the channel until the answer is disposed of. */
  on(channel: Channel, heard: (subject: string) => void): Disposable
}

interface Subscription {
  readonly channel: Channel
  readonly heard: (subject: string) => void
}

/**
 * One connection that listens for every subscriber of this process. After a lost connection each subscriber is called
 * with an empty subject: something may have been missed, so all of them look again.
 */
export function createListener(databaseUrl: string, channels: readonly Channel[]): Listener {
  const subscriptions = new Set<Subscription>()
  const stop = new AbortController()
  const done = listenUntil(stop.signal, databaseUrl, channels, subscriptions)
  return {
    on: (channel, heard) => {
      const subscription = { channel, heard }
      subscriptions.add(subscription)
      return { [Symbol.dispose]: () => void subscriptions.delete(subscription) }
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await done
    },
  }
}

async function listenUntil(
  signal: AbortSignal,
  databaseUrl: string,
  channels: readonly Channel[],
  subscriptions: ReadonlySet<Subscription>,
): Promise<void> {
  while (!signal.aborted) {
    const client = new Client({ connectionString: databaseUrl, keepAlive: true })
    try {
      await session(client, signal, channels, subscriptions)
    } catch {
      await sleep(reconnectMs, undefined, { signal }).catch(() => undefined)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

async function session(
  client: Client,
  signal: AbortSignal,
  channels: readonly Channel[],
  subscriptions: ReadonlySet<Subscription>,
): Promise<void> {
  const lost = Promise.withResolvers<void>()
  client.on('error', lost.reject)
  client.on('end', lost.resolve)
  client.on('notification', ({ channel, payload }) => {
    for (const one of subscriptions) if (one.channel === channel) one.heard(payload ?? '')
  })
  await client.connect()
  for (const channel of channels) await client.query(`listen ${channel}`)
  for (const { heard } of subscriptions) heard('')
  const stopped = () => lost.resolve()
  signal.addEventListener('abort', stopped, { once: true })
  try {
    if (!signal.aborted) await lost.promise
  } finally {
    signal.removeEventListener('abort', stopped)
  }
}
