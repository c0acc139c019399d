import { connect as connectSocket, isIP, type NetConnectOpts, type Socket } from 'node:net'
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
 * HTTP/1.0, nobody on the way cuts the body into chunks, so it ends where its length says or with the connection.
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

/** A connection that reads only when it is asked to, always into the same buffer. */
function openReads(base: URL, { signal, authority }: ServerRead): Reads {
  signal.throwIfAborted()
  const buffer = Buffer.allocUnsafeSlow(bufferSize)
  let arrived: Uint8Array | undefined
  let end: { readonly error?: Error } | undefined
  let wake: (() => void) | undefined
  const take = (length: number) => {
    arrived = buffer.subarray(0, length)
    wake?.()
    return false
  }
  const stop = (error?: Error) => {
    end ??= { ...(error && { error }) }
    wake?.()
  }
  const socket = connectTo(base, { buffer, callback: take }, authority)
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
      if (end === undefined) socket.resume()
      if (arrived === undefined && end === undefined) await promise
      const bytes = arrived
      arrived = undefined
      if (bytes === undefined && end?.error !== undefined) throw end.error
      return bytes
    },
    close: () => socket.destroy(),
  }
}

function connectTo(
  base: URL,
  onread: NonNullable<NetConnectOpts['onread']>,
  ca: string | undefined,
): Socket {
  const isSecure = base.protocol === 'https:'
  const host = base.hostname.replace(/^\[|\]$/g, '')
  const options = { host, port: Number(base.port || (isSecure ? 443 : 80)), onread }
  // The type of what TLS takes does not name `onread`; it is handed on to the socket.
  return isSecure
    ? connectTls({ servername: isIP(host) ? '' : host, ...(ca && { ca }), ...options })
    : connectSocket(options)
}
