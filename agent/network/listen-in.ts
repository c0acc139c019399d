import { spawn } from 'node:child_process'
import { Socket } from 'node:dgram'
import { once } from 'node:events'
import { Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { namespacePath } from './namespace.ts'

/** In a network namespace. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

const limitMs = 15_000
const child = fileURLToPath(new URL('listen-child.ts', import.meta.url))

/**
 * A server of this process that listens in another network namespace. Port 0 takes a free one, see `address()`.
 * @throws when the address is in use there.
 */
export async function listenIn(namespace: string, address: ListenAddress): Promise<Server> {
  const server = await openIn(namespace, 'tcp', address)
  if (server instanceof Server) return server
  throw new Error('what listens is no server')
}

/** The same for datagrams: a socket that is bound there. @throws when the address is in use there. */
export async function bindIn(namespace: string, address: ListenAddress): Promise<Socket> {
  const socket = await openIn(namespace, 'udp', address)
  if (socket instanceof Socket) return socket
  throw new Error('what is bound is no socket for datagrams')
}

async function openIn(
  namespace: string,
  kind: 'tcp' | 'udp',
  { host, port }: ListenAddress,
): Promise<unknown> {
  const path = `--net=${namespacePath(namespace)}`
  const program = [process.execPath, child, kind, host, String(port)]
  const listener = spawn('nsenter', [path, '--', ...program], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  let errors = ''
  listener.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
  let opened: unknown
  listener.on('message', (_, handle) => (opened = handle))
  // Until the child has gone, it would take some of what comes.
  await once(listener, 'close')
  if (opened === undefined)
    throw new Error(`cannot listen on ${host}:${port} in ${namespace}: ${errors}`)
  return opened
}
