import type { EnvironmentRef } from './environment.ts'

/** Where on the server an agent dials in, by WebSocket. Over it the server is the client of HTTP/2. */
export function tunnelPath(nodeId: string): string {
  return `/agent/nodes/${nodeId}/tunnel`
}

/**
 * What a stream of the tunnel leads to, told by the headers of its CONNECT: a port of an environment, byte for byte, or the
 * agent itself, which speaks HTTP there about that environment.
 */
export interface TunnelTarget extends EnvironmentRef {
  readonly port: number | 'agent'
}

const headers = {
  environment: 'kiln-environment',
  start: 'kiln-start',
  port: 'kiln-port',
} as const

export function writeTarget({ environmentId, start, port }: TunnelTarget): Record<string, string> {
  return {
    [headers.environment]: environmentId,
    [headers.start]: String(start),
    [headers.port]: String(port),
  }
}

/** `undefined` when the headers name none. */
export function readTarget(
  given: Readonly<Record<string, string | readonly string[] | undefined>>,
): TunnelTarget | undefined {
  const [environmentId, start, port] = Object.values(headers).map((name) => given[name])
  if (typeof environmentId !== 'string' || !/^env-[0-9a-z]{26}$/.test(environmentId)) {
    return undefined
  }
  const number = Number(port)
  const isPort = Number.isInteger(number) && number > 0 && number < 65_536
  if (port !== 'agent' && !isPort) return undefined
  return { environmentId, start: Number(start), port: port === 'agent' ? 'agent' : number }
}

/** Streams of one tunnel at a time. */
export const maxTunnelStreams = 1_000
