import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What a server was asked. */
export interface Asked {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly body: unknown
}

export interface FakeServer extends AsyncDisposable {
  readonly url: string
  /** In the order in which it came. */
  readonly asked: readonly Asked[]
}

/** A server that answers by method and path, `POST /api/images/build`, without the query; 404 to what it does not know. */
export async function startFakeServer(
  answers: Readonly<Record<string, object>>,
): Promise<FakeServer> {
  const asked: Asked[] = []
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '' } = request
    const hasBody = request.headers['content-type'] === 'application/json'
    asked.push({ method, path, body: hasBody ? await json(request) : undefined })
    const answer = answers[`${method} ${path.replace(/\?.*/, '')}`]
    const problem = { type: 'x', title: 'There is no such thing', status: 404, code: 'not_found' }
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? problem))
  }
  const server = createServer((request, response) => void reply(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
