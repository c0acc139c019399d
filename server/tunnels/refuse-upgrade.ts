import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers a request for another protocol with an error, as a problem document where there is one. */
export function refuseUpgrade(socket: Duplex, status: number, problem = ''): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(problem)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${problem}`)
}
