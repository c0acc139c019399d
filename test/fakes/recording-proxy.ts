import { once } from 'node:events'
import { connect, createServer } from 'node:net'

export interface RecordingProxy extends AsyncDisposable {
  /** `tcp://127.0.0.1:<port>` */
  readonly address: string
  /** All bytes that went to the target, as one text of which each character is a byte. */
  sent(): string
}

/** Stands between a client and a Unix socket and keeps what the client sends. */
export async function startRecordingProxy(socketPath: string): Promise<RecordingProxy> {
  const parts: Buffer[] = []
  const server = createServer((client) => {
    const target = connect(socketPath)
    client.on('data', (chunk: Buffer) => parts.push(chunk))
    client.pipe(target).pipe(client)
    client.on('error', () => target.destroy())
    target.on('error', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    address: `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    sent: () => Buffer.concat(parts).toString('latin1'),
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  }
}
