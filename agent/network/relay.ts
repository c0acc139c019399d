import { connect, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

/** Passes every connection that the server takes on to an address of this host. Disposing ends them all. */
export function relay(
  server: Server,
  target: { readonly host: string; readonly port: number },
): AsyncDisposable {
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  }
  server.on('connection', (inside) => {
    const outside = connect({ ...target, allowHalfOpen: true })
    // Who has said all may still be waiting for the answer.
    inside.allowHalfOpen = true
    keep(inside)
    keep(outside)
    // Either end may fail at any time; `pipeline` then ends the other one.
    pipeline(inside, outside, () => undefined)
    pipeline(outside, inside, () => undefined)
  })
  return {
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
      await promise
    },
  }
}
