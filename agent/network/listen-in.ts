import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { namespacePath } from './namespace.ts'

const limitMs = 15_000
const child = fileURLToPath(new URL('listen-child.ts', import.meta.url))

/**
 * A server of this process that listens in another network namespace. Port 0 takes a free one, see `address()`.
 * @throws when the address is in use there.
 */
export async function listenIn(
  namespace: string,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  const path = `--net=${namespacePath(namespace)}`
  const listener = spawn('nsenter', [path, '--', process.execPath, child, host, String(port)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  let errors = ''
  listener.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
  let server: Server | undefined
  listener.on('message', (_, handle) => {
    if (handle instanceof Server) server = handle
  })
  // Until the child has gone, it would take some of the connections.
  await once(listener, 'close')
  if (server === undefined)
    throw new Error(`cannot listen on ${host}:${port} in ${namespace}: ${errors}`)
  return server
}
