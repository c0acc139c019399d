import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { renewLeases } from '../../records/node-leases.ts'
import type { ServerDeps } from '../deps.ts'
import { inGroups } from '../in-groups.ts'
import { type BeatConnection, listenForBeats } from './beat-connection.ts'
import { readRequest, type SaidBeat } from './read-beat.ts'

export type BeatDeps = Pick<
  ServerDeps,
  'db' | 'leaseMs' | 'inFlight' | 'metrics' | 'clock' | 'nodeAuth'
>

const labels = { method: 'POST', route: '/agent/nodes/:id/heartbeat', status: '2xx' } as const
/** Of the lease: for so long heartbeats are gathered before they are written. Their nodes do nothing else meanwhile. */
const gathered = 1 / 32
/** Written together: with a thousand nodes as many as beat in that time. */
const most = 256
/** After so many in a row on a connection that HTTP has, its node is at rest again, and is to make a new one. */
const atRest = 5
/** Of the lease: so often those connections are ended that have said nothing since. */
const idle = 2

export interface BeatServer extends Disposable {
  readonly http: Server
}

/**
 * A server that answers heartbeats that say nothing but that their node is there, which are nearly all that a farm at rest is
 * asked, without what other requests need: on a connection on which nothing else has come yet not even HTTP. Who sends one is
 * proved by the statement that renews the lease. Disposing ends the connections that HTTP does not have.
 * @param listener answers everything else, and what is not proved by that: it tells why.
 */
export function createBeatServer(deps: BeatDeps, listener: RequestListener): BeatServer {
  const { leaseMs } = deps
  const renew = createRenew(deps)
  const body = JSON.stringify({ lease_ms: leaseMs })
  const head = { 'content-type': 'application/json', 'content-length': body.length }
  const answer = encode(head, leaseMs, body)
  const countInARow = createCounts()
  const answerByHttp = async (
    beat: SaidBeat,
    inARow: number,
    ...asked: Parameters<RequestListener>
  ) => {
    const [, reply] = asked
    if (await renew(beat)) {
      const last = inARow < atRest ? undefined : { connection: 'close' }
      reply.writeHead(200, { ...head, ...last }).end(body)
    } else listener(...asked)
  }
  const http = createServer((request, reply) => {
    const beat = readRequest(request)
    const inARow = countInARow(request, beat !== undefined)
    if (beat === undefined) listener(request, reply)
    else void answerByHttp(beat, inARow, request, reply)
  })
  const open = beforeHttp(http, (socket, serve) => listenForBeats(socket, { renew, answer, serve }))
  const endSilent = () => {
    for (const connection of open.values()) connection.endIfSilent()
  }
  const timer = setInterval(endSilent, leaseMs * idle).unref()
  return {
    http,
    [Symbol.dispose]: () => {
      clearInterval(timer)
      for (const connection of open.values()) connection[Symbol.dispose]()
    },
  }
}

function encode(head: Readonly<Record<string, string | number>>, keptMs: number, body: string) {
  const kept = { connection: 'keep-alive', 'keep-alive': `timeout=${Math.ceil(keptMs / 1000)}` }
  const lines = Object.entries({ ...head, ...kept }).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(['HTTP/1.1 200 OK', ...lines, '', body].join('\r\n'))
}

/** @returns false for what is not proved, or not written. */
function createRenew({ db, leaseMs, inFlight, metrics, clock, nodeAuth }: BeatDeps) {
  const rest = async () => sleep(leaseMs * gathered)
  const write = async (beats: readonly SaidBeat[]) => renewLeases(db, beats, leaseMs)
  const renew = inGroups(write, { rest, most })
  return async (beat: SaidBeat): Promise<boolean> => {
    inFlight.begin()
    const begun = clock()
    const isRenewed = await renew(beat).catch(() => false)
    if (isRenewed) {
      metrics.requests.observe(labels, (clock() - begun) / 1000)
      nodeAuth.noteProved(beat.proof)
    }
    inFlight.end()
    return isRenewed
  }
}

/** @returns what tells how many heartbeats have come in a row on the connection of a request. */
function createCounts(): (request: IncomingMessage, isBeat: boolean) => number {
  const counts = new WeakMap<Socket, number>()
  return ({ socket }, isBeat) => {
    const count = isBeat ? (counts.get(socket) ?? 0) + 1 : 0
    counts.set(socket, count)
    return count
  }
}

/**
 * Has new connections looked at before HTTP has them.
 * @returns those that HTTP does not have.
 */
function beforeHttp(
  http: Server,
  look: (socket: Socket, serve: () => void) => BeatConnection,
): ReadonlyMap<Socket, BeatConnection> {
  const open = new Map<Socket, BeatConnection>()
  const ours = http.listeners('connection')
  http.removeAllListeners('connection')
  http.on('connection', (socket: Socket) => {
    const drop = () => void open.delete(socket)
    socket.once('close', drop)
    const serve = () => {
      drop()
      socket.off('close', drop)
      for (const listener of ours) Reflect.apply(listener, http, [socket])
    }
    open.set(socket, look(socket, serve))
  })
  return open
}
