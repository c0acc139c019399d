import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface RecordingProxy extends AsyncDisposable {
  /** `tcp://127.0.0.1:<port>` */
  readonly address: string
  /** All bytes that went to the target, as one text of which each character is a byte. */
  sent(): string
  /** Breaks the connections that there are. */
  cut(): void
  /** Breaks the next ones too, as soon as something is sent over them. */
  cutNext(connections: number): void
}

/** Stands between a client and a Unix socket, keeps what the client sends, and breaks connections when told to. */
export async function startRecordingProxy(socketPath: string): Promise<RecordingProxy> {
  const parts: Buffer[] = []
  const clients = new Set<Socket>()
  let doomed = 0
  const server = createServer((client) => {
    const isDoomed = doomed > 0
    if (isDoomed) doomed -= 1
    clients.add(client)
    const target = connect(socketPath)
    client.on('data', (chunk: Buffer) => {
      parts.push(chunk)
      if (isDoomed) client.destroy()
    })
    client.pipe(target).pipe(client)
    client.on('error', () => target.destroy())
    target.on('error', () => client.destroy())
    client.on('close', () => {
      clients.delete(client)
      target.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = () => clients.forEach((client) => client.destroy())
  return {
    address: `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    sent: () => Buffer.concat(parts).toString('latin1'),
    cut,
    cutNext: (connections) => (doomed = connections),
    [Symbol.asyncDispose]: async () => {
      cut()
      await server[Symbol.asyncDispose]()
    },
  }
}
