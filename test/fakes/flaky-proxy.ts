import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface FlakyProxy extends AsyncDisposable {
  readonly url: URL
  /** Bytes that clients have sent since the last `resetEvery`. */
  sent(): number
  /** How many connections were reset since then. */
  resets(): number
  /** From now on every so many bytes that clients send, over whatever connections, reset the one that they came by. */
  resetEvery(bytes: number): void
}

/** Stands before an HTTP server and breaks connections when told to, in the way of a peer that is gone: with a reset. */
export async function startFlakyProxy(target: URL): Promise<FlakyProxy> {
  const clients = new Set<Socket>()
  let every = Number.POSITIVE_INFINITY
  let next = every
  let sent = 0
  let resets = 0
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    clients.add(client)
    client.on('data', (chunk: Buffer) => {
      sent += chunk.length
      if (sent < next) return
      next += every
      resets += 1
      client.resetAndDestroy()
      upstream.destroy()
    })
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
    client.on('close', () => {
      clients.delete(client)
      upstream.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    sent: () => sent,
    resets: () => resets,
    resetEvery: (bytes) => {
      every = bytes
      next = bytes
      sent = 0
      resets = 0
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}
