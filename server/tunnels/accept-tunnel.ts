import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { tunnelPath } from '#contract/tunnel.ts'
import { incarnationHeader } from '#contract/wire/node.ts'
import type { ServerDeps } from '../deps.ts'
import { type KnownNode, unheard } from '../joining/authenticate-node.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'

const path = /^\/agent\/nodes\/([^/?]{1,64})\/tunnel$/
const maxMessage = 16 * 1024 * 1024

export type AcceptDeps = Pick<ServerDeps, 'nodeAuth' | 'tellRefusal' | 'tunnels'>

/** Takes the connections of agents. @returns whether the upgrade was for that. */
export function createAcceptTunnel({ nodeAuth, tellRefusal, tunnels }: AcceptDeps) {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessage,
    perMessageDeflate: false,
  })
  const accept = async (nodeId: string, request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [, credential = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
    const incarnation = request.headers[incarnationHeader]?.toString()
    const known = await nodeAuth.authenticate(credential, incarnation)
    const because = explain(known, nodeId)
    if (because !== undefined) {
      await tellRefusal({ actor: known?.id ?? 'unknown', object: tunnelPath(nodeId), because })
      return refuseUpgrade(socket, known === undefined ? 401 : 404)
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined)
      tunnels.adopt(nodeId, createWebSocketStream(client)).catch(() => client.terminate())
    })
  }
  return (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    const [, nodeId] = path.exec(request.url ?? '') ?? []
    if (nodeId === undefined) return false
    accept(nodeId, request, socket, head).catch(() => refuseUpgrade(socket, 500))
    return true
  }
}

/** Why the one who calls may not bring this node's tunnel; `undefined` when it may. */
function explain(known: KnownNode | undefined, nodeId: string): string | undefined {
  if (known === undefined) return 'no valid credential'
  if (known.unheard !== undefined) return unheard[known.unheard]
  return known.id === nodeId ? undefined : 'another node'
}
