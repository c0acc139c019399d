import { type IncomingMessage, request as ask, type ServerResponse } from 'node:http'
import { pipeline, type Duplex } from 'node:stream'
import type { Lead } from './lead.ts'
import { requestHeaders, responseHeaders } from './pass-headers.ts'

const badGateway = 502

/** Passes a request on and its answer back, both as they come. */
export function passRequest(incoming: IncomingMessage, outgoing: ServerResponse, lead: Lead): void {
  const request = ask({
    createConnection: () => lead.stream,
    method: incoming.method,
    path: lead.path,
    headers: requestHeaders(incoming.headers, lead),
  })
  request.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? badGateway, responseHeaders(answer.headers, lead))
    outgoing.flushHeaders()
    pipeline(answer, outgoing, () => undefined)
  })
  request.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(badGateway).end()
  })
  outgoing.on('close', () => lead.stream.destroy())
  pipeline(incoming, request, () => undefined)
}

/** Passes a request for another protocol on, and then every byte both ways. */
export function passUpgrade(
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  lead: Lead,
): void {
  const headers = {
    ...requestHeaders(incoming.headers, lead),
    connection: 'Upgrade',
    upgrade: incoming.headers.upgrade ?? 'websocket',
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  )
  lead.stream.write(`${incoming.method} ${lead.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  if (head.length > 0) lead.stream.write(head)
  pipeline(socket, lead.stream, () => undefined)
  pipeline(lead.stream, socket, () => undefined)
}
