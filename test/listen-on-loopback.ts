import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** A listener on a free port of this machine's loopback. */
export async function listenOnLoopback(): Promise<Server> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}
