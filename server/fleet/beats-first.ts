import type { IncomingMessage, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { incarnationHeader } from '#contract/wire/node.ts'
import { type Beat, renewLeases } from '../../records/node-leases.ts'
import type { ServerDeps } from '../deps.ts'
import { inGroups } from '../in-groups.ts'
import { readIncarnation } from '../joining/incarnation.ts'
import { nodeOfToken } from '../joining/node-token.ts'
import { hashToken } from '../joining/token.ts'

export type BeatDeps = Pick<ServerDeps, 'db' | 'leaseMs' | 'inFlight' | 'metrics' | 'clock'>

const path = /^\/agent\/nodes\/(node-[0-9a-z]{26})\/heartbeat$/
const bearer = /^Bearer ([\x21-\x7e]+)$/
const labels = { method: 'POST', route: '/agent/nodes/:id/heartbeat', status: '2xx' } as const
/** Of the lease: for so long heartbeats are gathered before they are written. Their nodes do nothing else meanwhile. */
const gathered = 1 / 80

/**
 * Answers heartbeats that say nothing but that their node is there, which are nearly all that a farm at rest is asked, without
 * what other requests need. Who sends one is proved by the statement that renews the lease.
 * @param listener answers everything else, and what is not proved by that: it tells why.
 */
export function beatsFirst(
  { db, leaseMs, inFlight, metrics, clock }: BeatDeps,
  listener: RequestListener,
): RequestListener {
  const rest = async () => sleep(leaseMs * gathered)
  const renew = inGroups(async (beats: readonly Beat[]) => renewLeases(db, beats, leaseMs), rest)
  const body = JSON.stringify({ lease_ms: leaseMs })
  const head = { 'content-type': 'application/json', 'content-length': body.length }
  const answer = async (beat: Beat, ...[request, reply]: Parameters<RequestListener>) => {
    inFlight.begin()
    const begun = clock()
    const isRenewed = await renew(beat).catch(() => false)
    if (isRenewed) {
      reply.writeHead(200, head).end(body)
      metrics.requests.observe(labels, (clock() - begun) / 1000)
    } else listener(request, reply)
    inFlight.end()
  }
  const readKnown = rememberBeats()
  return (request, reply) => {
    const beat = readKnown(request)
    if (beat === undefined) {
      listener(request, reply)
      return
    }
    void answer(beat, request, reply)
  }
}

interface Said {
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly incarnation: string | string[] | undefined
  readonly beat: Beat
}

/**
 * Reads heartbeats: `undefined` for anything but one without news of a node that says who it is. An agent says the same on its
 * connection each time, which is then read no more.
 */
function rememberBeats(): (request: IncomingMessage) => Beat | undefined {
  const said = new WeakMap<Socket, Said>()
  return (request) => {
    const { method, url, headers, socket } = request
    if (method !== 'POST' || headers['transfer-encoding'] !== undefined) return undefined
    if ((headers['content-length'] ?? '0') !== '0') return undefined
    const { authorization, [incarnationHeader]: incarnation } = headers
    const last = said.get(socket)
    const isSame = last?.url === url && last?.authorization === authorization
    if (isSame && last?.incarnation === incarnation) return last?.beat
    const beat = readBeat(request)
    if (beat !== undefined) said.set(socket, { url, authorization, incarnation, beat })
    return beat
  }
}

function readBeat({ url = '', headers }: IncomingMessage): Beat | undefined {
  const nodeId = path.exec(url)?.[1]
  if (nodeId === undefined) return undefined
  const credential = bearer.exec(headers.authorization ?? '')?.[1] ?? ''
  const incarnation = readIncarnation(headers[incarnationHeader]?.toString())
  if (incarnation === undefined || nodeOfToken(credential) !== nodeId) return undefined
  return { nodeId, incarnation, hash: hashToken(credential) }
}
