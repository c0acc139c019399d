import type { Readable } from 'node:stream'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

const headerLength = 5
/** The daemon's own limit in both directions. */
const maxMessage = 16 * 1024 * 1024

/** gRPC's framing of one message: a flag byte (0: not compressed), four bytes of length, the message. */
export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerLength + message.length)
  frame.writeUInt8(0, 0)
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, headerLength)
  return frame
}

/**
 * A frame of which the message ends with a field of bytes, as what comes before those bytes: they need no copy then.
 * @param fields the other fields of the message, encoded.
 */
export function encodeFrameStart(fields: Uint8Array, field: number, bytesLength: number): Buffer {
  const writer = new BinaryWriter().raw(fields).tag(field, WireType.LengthDelimited)
  const start = writer.uint32(bytesLength).finish()
  const frame = encodeFrame(start)
  frame.writeUInt32BE(start.length + bytesLength, 1)
  return frame
}

/** The messages of a stream, however its chunks were cut. @throws RangeError on one over 16 MiB or one that is cut off. */
export async function* decodeFrames(stream: Readable): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = []
  let buffered = 0
  let wanted = headerLength
  // A reader that has seen enough still writes: leaving the loop must not destroy the stream.
  const incoming: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false })
  for await (const chunk of incoming) {
    chunks.push(chunk)
    buffered += chunk.length
    if (buffered < wanted) continue
    let rest = Buffer.concat(chunks, buffered)
    for (;;) {
      wanted = headerLength
      if (rest.length < headerLength) break
      const length = rest.readUInt32BE(1)
      if (rest[0] !== 0) throw new RangeError('a message is compressed')
      if (length > maxMessage) throw new RangeError(`a message of ${length} bytes is too long`)
      wanted = headerLength + length
      if (rest.length < wanted) break
      yield rest.subarray(headerLength, wanted)
      rest = rest.subarray(wanted)
    }
    chunks = [rest]
    buffered = rest.length
  }
  if (buffered > 0) throw new RangeError('a message is cut off')
}
