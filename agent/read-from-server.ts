import { connect as connectSocket, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface ServerRead {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** That the server's certificate is from, in PEM; those of the system when absent. */
  readonly authority?: string | undefined
}

export interface ServerBytes {
  readonly status: number
  /**
   * Of a good answer: each piece is valid until the next is asked for, and leaving the loop ends the connection.
   * @throws Error when it breaks off.
   */
  readonly body?: AsyncIterable<Uint8Array>
}

const bufferSize = 1024 * 1024
const maxHead = 16 * 1024
const headEnd = '\r\n\r\n'

/**
 * Reads a large answer of the server into one buffer that is used again. An HTTP client of Node.js makes two new buffers
 * of each 64 KiB, and to make them and to collect them takes more time than all that a context goes through here. Asked by
 * HTTP/1.0, nobody on the way cuts the body into chunks, so it ends where its length says or with the connection. By TLS
 * there is a buffer for each record: what was decrypted together comes at once, whoever wants to read on or not.
 * @throws Error when no answer comes.
 */
export async function readFromServer(base: URL, wanted: ServerRead): Promise<ServerBytes> {
  const reads = openReads(base, wanted)
  try {
    reads.send(requestHead(base, wanted))
    return await readHead(reads)
  } catch (error) {
    reads.close()
    throw error
  }
}

function requestHead({ host }: URL, { path, headers }: ServerRead): string {
  const fields = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`)
  return [`GET ${path} HTTP/1.0`, ...fields].join('\r\n') + headEnd
}

async function readHead(reads: Reads): Promise<ServerBytes> {
  let head = Buffer.alloc(0)
  for (;;) {
    const bytes = await reads.next()
    if (bytes === undefined) throw new Error('the connection ended without an answer')
    head = Buffer.concat([head, bytes])
    const end = head.indexOf(headEnd)
    if (end < 0 && head.length <= maxHead) continue
    const text = head.toString('latin1', 0, Math.max(0, end))
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1])
    if (Number.isNaN(status)) throw new Error('the answer is no HTTP')
    if (status < 200 || status >= 300) {
      reads.close()
      return { status }
    }
    const length = /^content-length: *(\d{1,15})\r?$/im.exec(text)?.[1]
    const begun = head.subarray(end + headEnd.length)
    return { status, body: readBody(reads, begun, Number(length ?? Infinity)) }
  }
}

async function* readBody(
  reads: Reads,
  begun: Uint8Array,
  length: number,
): AsyncGenerator<Uint8Array> {
  let left = length
  try {
    for (let bytes: Uint8Array | undefined = begun; ; bytes = await reads.next()) {
      if (bytes === undefined) break
      left -= bytes.length
      if (bytes.length > 0) yield bytes
      if (left <= 0) return
    }
    if (left !== Infinity) throw new Error('the connection ended in the middle of the answer')
  } finally {
    reads.close()
  }
}

interface Reads {
  send(text: string): void
  /** What came, valid until the next is asked for; `undefined` at the end. @throws Error when it breaks off. */
  next(): Promise<Uint8Array | undefined>
  close(): void
}

/** A connection that reads only when it is asked to. */
function openReads(base: URL, { signal, authority }: ServerRead): Reads {
  signal.throwIfAborted()
  const arrived: Uint8Array[] = []
  let end: { readonly error?: Error } | undefined
  let wake: (() => void) | undefined
  const take = (bytes: Uint8Array) => {
    arrived.push(bytes)
    wake?.()
  }
  const stop = (error?: Error) => {
    end ??= { ...(error && { error }) }
    wake?.()
  }
  const socket = connectTo(base, take, authority)
  const abort = () => socket.destroy(new Error('given up', { cause: signal.reason }))
  signal.addEventListener('abort', abort, { once: true })
  socket.on('error', stop)
  socket.on('end', () => stop())
  socket.on('close', () => {
    signal.removeEventListener('abort', abort)
    stop()
  })
  return {
    send: (text) => void socket.write(text),
    next: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      if (arrived.length === 0 && end === undefined) {
        socket.resume()
        await promise
      }
      const bytes = arrived.shift()
      if (bytes === undefined && end?.error !== undefined) throw end.error
      return bytes
    },
    close: () => socket.destroy(),
  }
}

/** @param take is told what has come; nothing more is read then until the socket is resumed. */
function connectTo(
  { protocol, hostname, port }: URL,
  take: (bytes: Uint8Array) => void,
  ca: string | undefined,
): Socket {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol !== 'https:') {
    const buffer = Buffer.allocUnsafeSlow(bufferSize)
    const callback = (length: number) => {
      take(buffer.subarray(0, length))
      return false
    }
    return connectSocket({ host, port: Number(port || 80), onread: { buffer, callback } })
  }
  const servername = isIP(host) ? '' : host
  const socket = connectTls({ host, port: Number(port || 443), servername, ...(ca && { ca }) })
  return socket.pause().on('data', (bytes: Buffer) => {
    socket.pause()
    take(bytes)
  })
}
