import type { ClientHttp2Stream } from 'node:http2'
import { Duplex } from 'node:stream'
import { BytesMessage } from '../gen/control.ts'
import { nextDrain } from '../rpc/drain.ts'
import { decodeFrames, encodeFrameStart } from '../rpc/frame.ts'

/** The daemon's limit is 16 MiB a message; small ones keep both flow-control windows moving. */
const groupSize = 64 * 1024
/** Number of `BytesMessage.data`. */
const dataField = 1

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
    writev: (chunks, written) => {
      call.cork()
      const isTaken = groupBySize(chunks.map(({ chunk }): Buffer => chunk)).map((group) =>
        writeMessage(call, group),
      )
      call.uncork()
      if (isTaken.at(-1) !== false || call.destroyed) written()
      else void nextDrain(call).then(() => written())
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

/** Cut where a group has become large enough. */
function groupBySize(chunks: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const groups: Buffer[][] = []
  let size = groupSize
  for (const chunk of chunks) {
    if (size >= groupSize) {
      groups.push([])
      size = 0
    }
    groups.at(-1)?.push(chunk)
    size += chunk.length
  }
  return groups
}

/** The chunks as one message, none of them copied. @returns false when the call wants no more for now. */
function writeMessage(call: ClientHttp2Stream, chunks: readonly Buffer[]): boolean {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const start = encodeFrameStart(new Uint8Array(), dataField, length)
  return [start, ...chunks].map((part) => call.write(part)).at(-1) !== false
}

async function* readIncoming(call: ClientHttp2Stream): AsyncGenerator<Uint8Array> {
  for await (const frame of decodeFrames(call)) {
    const { data } = BytesMessage.decode(frame)
    if (data.length > 0) yield data
  }
}
