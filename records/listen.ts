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
 * @param onLost told why there is no connection, once until there is one again.
 */
export function createListener(
  databaseUrl: string,
  channels: readonly Channel[],
  onLost: (error: unknown) => void,
): Listener {
  const subscriptions = new Set<Subscription>()
  const stop = new AbortController()
  const begin = { databaseUrl, channels, subscriptions }
  const done = listenUntil(stop.signal, begin, onLost)
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

interface Listening {
  readonly databaseUrl: string
  readonly channels: readonly Channel[]
  readonly subscriptions: ReadonlySet<Subscription>
}

async function listenUntil(
  signal: AbortSignal,
  { databaseUrl, ...listening }: Listening,
  onLost: (error: unknown) => void,
): Promise<void> {
  let isLost = false
  while (!signal.aborted) {
    const client = new Client({ connectionString: databaseUrl, keepAlive: true })
    try {
      await session(client, signal, { ...listening, onOpen: () => (isLost = false) })
    } catch (error) {
      if (!isLost) onLost(error)
      isLost = true
      await sleep(reconnectMs, undefined, { signal }).catch(() => undefined)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

async function session(
  client: Client,
  signal: AbortSignal,
  {
    channels,
    subscriptions,
    onOpen,
  }: Omit<Listening, 'databaseUrl'> & { readonly onOpen: () => void },
): Promise<void> {
  const lost = Promise.withResolvers<void>()
  client.on('error', lost.reject)
  client.on('end', lost.resolve)
  client.on('notification', ({ channel, payload }) => {
    for (const one of subscriptions) if (one.channel === channel) one.heard(payload ?? '')
  })
  await client.connect()
  for (const channel of channels) await client.query(`listen ${channel}`)
  onOpen()
  for (const { heard } of subscriptions) heard('')
  const stopped = () => lost.resolve()
  signal.addEventListener('abort', stopped, { once: true })
  try {
    if (!signal.aborted) await lost.promise
  } finally {
    signal.removeEventListener('abort', stopped)
  }
}
