import { Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as SecureAgent, request as requestHttps } from 'node:https'

export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Must not change before the answer has come. */
  readonly body?: Uint8Array | undefined
  readonly signal: AbortSignal
}

/** Connections to the server that are used again. */
export interface ServerConnection {
  /** @returns the answer as soon as its head is there; its body must be read. @throws Error when none comes. */
  request(wanted: ServerRequest): Promise<IncomingMessage>
}

/**
 * Stands on node:http because `fetch` copies every body into streams of its own: with logs that come in floods, that
 * alone takes over 80 MB.
 * @param authority that the server's certificate is from, in PEM; those of the system when absent.
 */
export function createServerConnection(
  base: URL,
  authority: () => string | undefined = () => undefined,
): ServerConnection {
  const isSecure = base.protocol === 'https:'
  const agent = isSecure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
  const send = isSecure ? requestHttps : requestHttp
  return {
    request: async ({ method, path, headers, body, signal }) => {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
      const length = body === undefined ? {} : { 'content-length': String(body.length) }
      const ca = authority()
      const trust = ca === undefined ? {} : { ca }
      const options = { method, agent, signal, headers: { ...headers, ...length }, ...trust }
      const sent = send(new URL(path, base), options, resolve)
      sent.on('error', reject)
      sent.end(body)
      return promise
    },
  }
}
