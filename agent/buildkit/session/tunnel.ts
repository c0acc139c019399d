import type { ClientHttp2Stream } from 'node:http2'
import { Duplex } from 'node:stream'
import { BytesMessage } from '../gen/control.ts'
import { decodeFrames, encodeFrame } from '../rpc/frame.ts'

/** The daemon's limit is 16 MiB a message; small ones keep both flow-control windows moving. */
const maxChunk = 64 * 1024

/** The bytes inside the messages of a Session call as one duplex stream. */
export function createTunnel(call: ClientHttp2Stream): Duplex {
  const incoming = readIncoming(call)
  const tunnel = new Duplex({
    read: () => {
      incoming.next().then(
        ({ value, done }) => tunnel.push(done === true ? null : value),
        (error: unknown) => tunnel.destroy(error instanceof Error ? error : undefined),
      )
    },
    write: (chunk: Buffer, _encoding, written) => {
      let flushed = true
      for (let at = 0; at < chunk.length; at += maxChunk) {
        const data = chunk.subarray(at, at + maxChunk)
        flushed = call.write(encodeFrame(BytesMessage.encode({ data }).finish()))
      }
      if (flushed || call.destroyed) written()
      else call.once('drain', () => written())
    },
    final: (ended) => {
      call.end()
      ended()
    },
    destroy: (error, destroyed) => {
      call.close()
      destroyed(error)
    },
  })
  call.once('close', () => tunnel.destroy())
  return tunnel
}

async function* readIncoming(call: ClientHttp2Stream): AsyncGenerator<Buffer> {
  for await (const frame of decodeFrames(call)) {
    const { data } = BytesMessage.decode(frame)
    if (data.length > 0) yield data
  }
}
