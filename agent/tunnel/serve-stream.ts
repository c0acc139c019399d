import type { Server } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { pipeline } from 'node:stream'
import type { EnvironmentRef } from '#contract/environment.ts'
import { readTarget } from '#contract/tunnel.ts'
import type { Ports } from './ports.ts'

export interface ServeDeps {
  /** Whether this very start runs here. */
  readonly isRunning: (ref: EnvironmentRef) => boolean
  readonly ports: Ports
  /** What this agent itself tells and does about an environment. */
  readonly http: Server
}

export type ServeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => Promise<void>

/** Answers what the server asks for over the tunnel. */
export function createServeStream({ isRunning, ports, http }: ServeDeps): ServeStream {
  return async (stream, headers) => {
    stream.on('error', () => undefined)
    const target = readTarget(headers)
    if (headers[':method'] !== 'CONNECT' || target === undefined) return refuse(stream, 400)
    if (target.port === 'agent') {
      stream.respond({ ':status': 200 })
      http.emit('connection', stream)
      return
    }
    if (!isRunning(target)) return refuse(stream, 404)
    try {
      const socket = await ports.connect(target, target.port)
      stream.respond({ ':status': 200 })
      // Who has said all may have it still on the way, and be waiting for an answer.
      socket.allowHalfOpen = true
      // Either end may fail at any time; `pipeline` then ends the other one.
      pipeline(stream, socket, () => undefined)
      pipeline(socket, stream, () => undefined)
    } catch {
      refuse(stream, 502)
    }
  }
}

function refuse(stream: ServerHttp2Stream, status: number): void {
  if (!stream.destroyed) stream.respond({ ':status': status }, { endStream: true })
}
