import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { keepOnce } from '#contract/keep-once.ts'

/** Gives the bytes of a context, from the first on, each time it is called; they are valid until the next are asked for. */
export type ReadContext = () => AsyncIterable<Uint8Array>

/** A context that the daemon may fetch until this is disposed. */
export interface LentContext extends Disposable {
  readonly url: string
}

/** Serves contexts to one build daemon. */
export interface ContextServer extends AsyncDisposable {
  /** Lends a context; all who lend one of the same digest at the same time share its URL. */
  lend(digest: string, read: ReadContext): Promise<LentContext>
}

interface Loan {
  readonly path: string
  /** Of everyone who lends it now: any of them will do. */
  readonly readers: Set<ReadContext>
}

const tokenBytes = 32

/**
 * `listen` opens a listener that the daemon reaches; it is called once, when there is something to lend. A URL holds a
 * token that nobody can guess and that is worth nothing once its loan has ended: to know a digest, or this address, is no
 * right to read anything.
 */
export function createContextServer(listen: () => Promise<Server>): ContextServer {
  const loans = new Map<string, Loan>()
  /** Known to us only: the HTTP server counts connections only of a listener of its own. */
  const sockets = new Set<Socket>()
  const http = createServer((request, response) => {
    const loan = [...loans.values()].find(({ path }) => path === request.url)
    void answer(request, response, loan)
  })
  let listening: Server | undefined
  let stopped = false
  const open = keepOnce(async (): Promise<Server> => {
    const listener = await listen()
    if (stopped) listener.close()
    listening = listener
    listener.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      http.emit('connection', socket)
    })
    return listener
  })
  return {
    lend: async (digest, read) => {
      const listener = await open()
      const path = `/${randomBytes(tokenBytes).toString('base64url')}/context.tar`
      const loan = loans.get(digest) ?? { path, readers: new Set() }
      loan.readers.add(read)
      loans.set(digest, loan)
      return {
        url: `http://${hostOf(listener)}${loan.path}`,
        [Symbol.dispose]: () => {
          loan.readers.delete(read)
          if (loan.readers.size === 0) loans.delete(digest)
        },
      }
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true
      const { promise, resolve } = Promise.withResolvers<void>()
      listening?.close(() => resolve())
      for (const socket of sockets) socket.destroy()
      if (listening !== undefined) await promise
    },
  }
}

function hostOf(listener: Server): string {
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new TypeError('no TCP listener')
  const { address: host, family, port } = address
  return family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  loan: Loan | undefined,
): Promise<void> {
  const [read] = loan?.readers ?? []
  if (read === undefined || request.method !== 'GET') {
    response.writeHead(404).end()
    return
  }
  try {
    response.writeHead(200, { 'content-type': 'application/x-tar' })
    for await (const bytes of read()) await send(response, bytes)
    response.end()
  } catch {
    // The one who lends it knows why; the daemon is told by the end of the connection.
    response.destroy()
  }
}

/** @returns when the bytes have gone and are not needed any more. */
async function send(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  response.write(bytes, (error) => (error ? reject(error) : resolve()))
  return promise
}
