import type { IncomingMessage } from 'node:http'
import { incarnationHeader, protocolHeader } from '#contract/wire/node.ts'
import type { Beat } from '../../records/node-leases.ts'
import { proofOf } from '../joining/authenticate-node.ts'
import { readIncarnation } from '../joining/incarnation.ts'
import { nodeOfToken } from '../joining/node-token.ts'
import { hashToken } from '../access/token.ts'

const target = /^\/agent\/nodes\/(node-[0-9a-z]{26})\/heartbeat$/
const bearer = /^Bearer ([\x21-\x7e]+)$/

/** A heartbeat of a node that says who it is. */
export interface SaidBeat extends Beat {
  /** What is known to be proved once the beat is. */
  readonly proof: string
}

interface Said {
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly incarnation: string | undefined
}

/** @returns `undefined` for what is not said by a node that says who it is. */
function readSaid({
  url = '',
  authorization = '',
  incarnation: given,
}: Said): SaidBeat | undefined {
  const nodeId = target.exec(url)?.[1]
  if (nodeId === undefined) return undefined
  const credential = bearer.exec(authorization)?.[1] ?? ''
  const incarnation = readIncarnation(given)
  if (incarnation === undefined || nodeOfToken(credential) !== nodeId) return undefined
  const hash = hashToken(credential)
  return { nodeId, incarnation, hash, proof: proofOf(hash, incarnation) }
}

/** Reads a request: `undefined` for anything but a heartbeat without news of a node that says who it is. */
export function readRequest({ method, url, headers }: IncomingMessage): SaidBeat | undefined {
  if (method !== 'POST' || headers['transfer-encoding'] !== undefined) return undefined
  if ((headers['content-length'] ?? '0') !== '0') return undefined
  const { authorization, [incarnationHeader]: incarnation } = headers
  return readSaid({ url, authorization, incarnation: incarnation?.toString() })
}

const maxBytes = 2_048
const head =
  /^POST (\S+) HTTP\/1\.1\r\n((?:[!-9;-~]+: [\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\r\n)+)\r\n$/
/** What agents send; each but once. */
const expected: readonly string[] = [
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'host',
  incarnationHeader,
  protocolHeader,
]

/**
 * Reads the bytes of one request, whole and nothing else, as agents send it: `undefined` for a request that is not such a
 * heartbeat, and for all that is written in another way.
 */
export function readBytes(bytes: Buffer): SaidBeat | undefined {
  if (bytes.length > maxBytes) return undefined
  const [, url, lines = ''] = head.exec(bytes.toString('latin1')) ?? []
  const said = new Map<string, string>()
  for (const line of lines.split('\r\n').slice(0, -1)) {
    const at = line.indexOf(': ')
    const name = line.slice(0, at).toLowerCase()
    if (!expected.includes(name) || said.has(name)) return undefined
    said.set(name, line.slice(at + 2))
  }
  const isKept = (said.get('connection') ?? 'keep-alive').toLowerCase() === 'keep-alive'
  if (!isKept || !said.has('host') || (said.get('content-length') ?? '0') !== '0') return undefined
  return readSaid({
    url,
    authorization: said.get('authorization'),
    incarnation: said.get(incarnationHeader),
  })
}
