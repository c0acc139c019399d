import { type IncomingMessage, request as ask, type ServerResponse } from 'node:http'
import { pipeline, type Duplex } from 'node:stream'
import type { Lead } from './lead.ts'
import { endWithAccess } from './end-with-access.ts'
import { closeFrame, followFrames } from './follow-frames.ts'
import { requestHeaders, responseHeaders } from './pass-headers.ts'

const badGateway = 502
const shutOut = 'your access has ended'
/** For how long the other end may take to hear it. */
const tellMs = 1_000

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
  endWithAccess(lead.stream, lead.isAllowed, () => outgoing.destroy())
  pipeline(incoming, request, () => undefined)
}

/** How a connection ends for who may not go on: a WebSocket is told why. */
function endOf({ headers }: IncomingMessage, socket: Duplex, { stream }: Lead): () => void {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return () => stream.destroy()
  const frames = followFrames()
  stream.on('data', (bytes: Buffer) => frames.feed(bytes))
  return () => {
    stream.unpipe(socket)
    if (!frames.isBetween()) {
      stream.destroy()
      return
    }
    // What they say meanwhile is not heard any more.
    socket.unpipe(stream)
    socket.resume()
    socket.end(closeFrame(shutOut))
    setTimeout(() => stream.destroy(), tellMs)
  }
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
  endWithAccess(lead.stream, lead.isAllowed, endOf(incoming, socket, lead))
  pipeline(socket, lead.stream, () => undefined)
  pipeline(lead.stream, socket, () => undefined)
}
