import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { performServerHandshake } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { createServeStream, type ServeDeps } from '../../agent/tunnel/serve-stream.ts'
import { passRequest, passUpgrade } from '../../server/tunnels/pass-on.ts'
import { createTunnels, type Tunnels, Unreachable } from '../../server/tunnels/tunnels.ts'

export const node = 'node-1'
export const environmentId = `env-${'0'.repeat(26)}`

export interface TestTunnel extends AsyncDisposable {
  /** Leads to port 8000 of the environment, and for paths below `/environments/` to what its agent tells. */
  readonly url: string
  readonly tunnels: Tunnels
}

/** Both ends of a tunnel without a network between them, and an HTTP server in front that passes all on. */
export async function openTestTunnel(deps: ServeDeps): Promise<TestTunnel> {
  const tunnels = createTunnels()
  const [near, far] = duplexPair()
  await tunnels.adopt(node, near)
  const session = performServerHandshake(far)
  const serve = createServeStream(deps)
  session.on('stream', (stream, headers) => void serve(stream, headers))
  const leadFor = async ({ url: path = '/', headers }: IncomingMessage) => {
    const port = path.startsWith('/environments/') ? 'agent' : 8000
    const start = Number(headers['x-start'] ?? 1)
    const stream = await tunnels.open(node, { environmentId, start, port })
    return { stream, path, prefix: '/p', sandbox: false, isAllowed: async () => true }
  }
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      passRequest(request, response, await leadFor(request))
    } catch (error) {
      response.writeHead(error instanceof Unreachable ? (error.status ?? 503) : 500).end()
    }
  }
  const http = createServer((request, response) => void pass(request, response))
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void leadFor(request).then((lead) => {
      passUpgrade(request, socket, head, lead)
      return undefined
    })
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    tunnels,
    [Symbol.asyncDispose]: async () => {
      tunnels.shutOut([node])
      session.destroy()
      http.closeAllConnections()
      http.close()
    },
  }
}
