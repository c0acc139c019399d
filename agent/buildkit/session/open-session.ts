import { ControlDefinition } from '../gen/control.ts'
import type { Channel } from '../rpc/channel.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, serveOn } from '../rpc/serve.ts'
import { createTunnel } from './tunnel.ts'

export interface SessionOptions {
  /** Unique among the sessions of the daemon. */
  readonly id: string
  /** Directories under one key are compared with what the daemon kept of them from the last time. */
  readonly sharedKey: string
  readonly handlers: readonly Handler[]
  readonly signal: AbortSignal
}

export interface Session extends Disposable {
  readonly id: string
}

/**
 * Opens a session: a call to the daemon whose messages carry a second HTTP/2 connection, on which the daemon is the
 * client and calls back for files, credentials and secrets. It must outlive the solve, the push included.
 */
export function openSession(channel: Channel, options: SessionOptions): Session {
  const { path } = methodOf(ControlDefinition, ControlDefinition.methods.session)
  const call = channel.open(path, {
    signal: options.signal,
    metadata: {
      'x-docker-expose-session-uuid': options.id,
      'x-docker-expose-session-sharedkey': options.sharedKey,
      'x-docker-expose-session-grpc-method': options.handlers.map((handler) => handler.path),
    },
  })
  const session = serveOn(createTunnel(call), options.handlers)
  return {
    id: options.id,
    [Symbol.dispose]: () => {
      session.destroy()
      call.close()
    },
  }
}
