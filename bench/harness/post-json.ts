import { Agent, request } from 'node:http'
import { json } from 'node:stream/consumers'

export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

/** Sends JSON on connections that are used again, at most so many at once, with as little work as may be. */
export function createPoster(url: URL, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return async (path: string, body: object): Promise<JsonAnswer> => {
    const bytes = Buffer.from(JSON.stringify(body))
    const { promise, resolve, reject } = Promise.withResolvers<JsonAnswer>()
    const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
    const sent = request(new URL(path, url), { method: 'POST', agent, headers }, (reply) => {
      json(reply).then((answer) => resolve({ status: reply.statusCode ?? 0, body: answer }), reject)
    })
    sent.on('error', reject)
    sent.end(bytes)
    return promise
  }
}
