import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import { type BeatDeps, createBeatServer } from '../fleet/beats-first.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { attachUpgrades } from '../tunnels/attach-upgrades.ts'
import type { AcceptDeps } from '../tunnels/accept-tunnel.ts'
import type { DoorCertificate } from './door-certificate.ts'

export interface DoorDeps extends AcceptDeps, BeatDeps {
  readonly certificate: DoorCertificate
  readonly gateway: Pick<Gateway, 'accept'>
  /** Answers what agents ask, and nothing else. */
  readonly fetch: Hono['fetch']
  readonly log: Logger
}

export interface DoorListen {
  readonly hostname: string
  readonly port: number
}

const reissueEveryMs = 24 * 60 * 60_000
const handshakeLimitMs = 10_000

/** The one place where nodes elsewhere reach the farm, by TLS alone: what agents ask, their tunnels, and Temporal's tasks. */
export async function openDoor(
  deps: DoorDeps,
  { hostname, port }: DoorListen,
): Promise<AsyncDisposable & { readonly port: number }> {
  const beats = createBeatServer(deps, getRequestListener(deps.fetch))
  const { http } = beats
  const upgrades = attachUpgrades(http, deps, deps.fetch)
  const open = new Set<Socket>()
  const { certificate, key } = await deps.certificate.read()
  const door = createServer({
    cert: certificate,
    key,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: handshakeLimitMs,
    minVersion: 'TLSv1.3',
  })
  door.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  door.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined)
    if (socket.alpnProtocol === 'h2') deps.gateway.accept(socket)
    else http.emit('connection', socket)
  })
  const reissue = setInterval(() => {
    void deps.certificate
      .read()
      .then((fresh) => door.setSecureContext({ cert: fresh.certificate, key: fresh.key }))
      .catch((err: unknown) => deps.log.warn({ err }, 'certificate for nodes'))
  }, reissueEveryMs).unref()
  door.listen(port, hostname)
  await once(door, 'listening')
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    port: (door.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      clearInterval(reissue)
      upgrades[Symbol.dispose]()
      beats[Symbol.dispose]()
      const closed = once(door, 'close')
      door.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
