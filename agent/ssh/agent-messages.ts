/** OpenSSH's own limit for a message of its agent. */
const maxMessage = 256 * 1024
const lengthBytes = 4

/** Joins bytes that were cut anywhere into messages, without their lengths. @throws RangeError when one is too long. */
export async function* readMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= lengthBytes) {
      const end = lengthBytes + rest.readUInt32BE(0)
      if (end > maxMessage) throw new RangeError('an agent message is too long')
      if (rest.length < end) break
      yield rest.subarray(lengthBytes, end)
      rest = rest.subarray(end)
    }
  }
}

/** The first `count` strings of a message, then what follows them. Fewer when the message is too short. */
export function readStrings(bytes: Buffer, count: number): readonly Buffer[] {
  if (count === 0) return bytes.length === 0 ? [] : [bytes]
  if (bytes.length < lengthBytes) return []
  const end = lengthBytes + bytes.readUInt32BE(0)
  if (bytes.length < end) return []
  return [bytes.subarray(lengthBytes, end), ...readStrings(bytes.subarray(end), count - 1)]
}

export function packString(bytes: Uint8Array): Buffer {
  return Buffer.concat([packUint32(bytes.length), bytes])
}

export function packUint32(value: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes)
  bytes.writeUInt32BE(value)
  return bytes
}
