import type { IncomingMessage } from 'node:http'
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { type AcceptDeps, createAcceptTunnel } from './accept-tunnel.ts'
import { createAcceptUpgrade } from './accept-upgrade.ts'

type AskRoutes = Parameters<typeof createAcceptUpgrade>[0]

/** Lets an HTTP server take connections that speak another protocol; they end when this is disposed. */
export function attachUpgrades(
  http: EventEmitter,
  deps: AcceptDeps,
  askRoutes: AskRoutes,
): Disposable {
  const acceptTunnel = createAcceptTunnel(deps)
  const acceptUpgrade = createAcceptUpgrade(askRoutes)
  const open = new Set<Duplex>()
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
    if (!acceptTunnel(request, socket, head)) void acceptUpgrade(request, socket, head)
  })
  return {
    [Symbol.dispose]: () => {
      for (const socket of open) socket.destroy()
    },
  }
}
