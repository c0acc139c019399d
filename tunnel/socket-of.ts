import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * A socket of the kernel through which all bytes of a stream pass, and which ends with it, as it does with the socket.
 * HTTP/2 on a stream that is none asserts in Node.js when the stream breaks while something is written, and that ends the
 * process.
 */
export async function socketOf(stream: Duplex): Promise<Socket> {
  stream.on('error', () => undefined)
  const [near, far] = await openPair()
  pipeline(stream, far, stream)
    .catch(() => undefined)
    .finally(() => {
      far.destroy()
      stream.destroy()
    })
  return near
}

/** Both ends of one connection. The folder lets nobody else in between. */
async function openPair(): Promise<readonly [near: Socket, far: Socket]> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-pair-'))
  const { promise: connected, resolve } = Promise.withResolvers<Socket>()
  const server = createServer(resolve)
  try {
    const path = join(folder, 's')
    await once(server.listen(path), 'listening')
    const near = createConnection(path)
    const [far] = await Promise.all([connected, once(near, 'connect')])
    return [near, far]
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}
