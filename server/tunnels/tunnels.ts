import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { Duplex } from 'node:stream'
import { type TunnelTarget, writeTarget } from '#contract/tunnel.ts'
import { socketOf } from '../../tunnel/socket-of.ts'

/** What an agent answers instead of opening a stream. `status` is absent when its node is not connected, or too slow. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

/** The connections that agents have dialled to this server. */
export interface Tunnels {
  /** Takes a connection of a node; one that it had before is ended. */
  adopt(nodeId: string, connection: Duplex): Promise<void>
  /** Opens a stream to something on a node. @throws Unreachable */
  open(nodeId: string, target: TunnelTarget): Promise<Duplex>
  /** Ends the connections of these nodes. */
  shutOut(nodes: readonly string[]): void
}

/** Streams to one environment at a time. */
const maxStreams = 200
const openLimitMs = 15_000

export function createTunnels(): Tunnels {
  const sessions = new Map<string, ClientHttp2Session>()
  const open = new Map<string, number>()
  return {
    adopt: async (nodeId, connection) => {
      const socket = await socketOf(connection)
      sessions.get(nodeId)?.destroy()
      const session = connect('http://node', { createConnection: () => socket })
      sessions.set(nodeId, session)
      session.on('error', () => undefined)
      session.on('close', () => {
        socket.destroy()
        if (sessions.get(nodeId) === session) sessions.delete(nodeId)
      })
    },
    open: async (nodeId, target) => {
      const session = sessions.get(nodeId)
      if (session === undefined || session.destroyed) {
        throw new Unreachable('the node is not connected to this server')
      }
      const { environmentId: id } = target
      const count = open.get(id) ?? 0
      if (count >= maxStreams) throw new Unreachable('too many connections', 503)
      const stream = request(session, target)
      open.set(id, count + 1)
      stream.once('close', () => {
        const left = (open.get(id) ?? 1) - 1
        if (left === 0) open.delete(id)
        else open.set(id, left)
      })
      await answered(stream)
      return stream
    },
    shutOut: (nodes) => {
      for (const id of nodes) sessions.get(id)?.destroy()
    },
  }
}

/** @throws Unreachable when the session is about to end. */
function request(session: ClientHttp2Session, target: TunnelTarget): ClientHttp2Stream {
  const headers = { ':method': 'CONNECT', ':authority': 'environment', ...writeTarget(target) }
  try {
    return session.request(headers, { endStream: false })
  } catch {
    throw new Unreachable('the connection to the node is ending')
  }
}

/** @throws Unreachable */
async function answered(stream: ClientHttp2Stream): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const late = setTimeout(() => reject(new Unreachable('the node does not answer')), openLimitMs)
  stream.once('response', ({ ':status': status = 0 }) => {
    if (status === 200) resolve()
    else reject(new Unreachable('the node does not reach it', status))
  })
  stream.once('error', () => reject(new Unreachable('the connection to the node broke')))
  stream.once('close', () => reject(new Unreachable('the connection to the node broke')))
  try {
    await promise
    stream.on('error', () => undefined)
  } catch (error) {
    stream.destroy()
    throw error
  } finally {
    clearTimeout(late)
  }
}
