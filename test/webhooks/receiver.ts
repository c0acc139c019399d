import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server that webhooks lead to. It answers as it is told, with 204 at first. */
export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly received: Received[]
  answer: { status: number; headers?: Readonly<Record<string, string>>; body?: string }
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const http = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      response.writeHead(receiver.answer.status, receiver.answer.headers)
      response.end(receiver.answer.body)
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const host = `127.0.0.1:${(http.address() as AddressInfo).port}`
  const receiver: Receiver = {
    url: `http://${host}/kiln`,
    host,
    received,
    answer: { status: 204 },
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return receiver
}
