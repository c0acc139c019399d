const blockSize = 512
/** Where a header says of its entry how long it is and what it is. */
const sizeField = { at: 124, length: 12 }
const typeField = 156
const paxHeader = 'x'
/** Links, devices, folders and pipes, whose size means nothing. */
const withoutBody = /[1-6]/

/**
 * A tar up to its end, which is two blocks of zeros. Layers that are made to be read in parts (eStargz) keep their index
 * behind it, and that is no part of the image. The source is read to its end all the same: whoever gives it may check
 * the whole.
 */
export async function* cutArchive(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const walk = createWalk()
  let ended = false
  for await (const chunk of source) {
    if (ended) continue
    const end = walk(chunk)
    ended = end !== undefined
    yield chunk.subarray(0, end)
  }
}

/** @returns what takes the chunks of a tar and answers where in one the archive ends; `undefined` while it goes on. */
function createWalk(): (chunk: Uint8Array) => number | undefined {
  const header = Buffer.alloc(blockSize)
  let filled = 0
  let left = 0
  let zeros = 0
  let pax: Uint8Array[] | undefined
  const readHeader = () => {
    const type = String.fromCharCode(header[typeField] ?? 0)
    const size = (pax && paxSize(Buffer.concat(pax))) ?? headerSize(header)
    pax = type === paxHeader ? [] : undefined
    left = withoutBody.test(type) ? 0 : Math.ceil(size / blockSize) * blockSize
  }
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      const length = Math.min(left > 0 ? left : blockSize - filled, chunk.length - at)
      const part = chunk.subarray(at, at + length)
      at += length
      if (left > 0) {
        pax?.push(part)
        left -= length
        continue
      }
      header.set(part, filled)
      filled = (filled + length) % blockSize
      if (filled > 0) continue
      zeros = header.every((byte) => byte === 0) ? zeros + 1 : 0
      if (zeros === 2) return at
      if (zeros === 0) readHeader()
    }
    return undefined
  }
}

/** Octal digits, or a large number as it is when the first bit is set. */
function headerSize(header: Buffer): number {
  const { at, length } = sizeField
  if (((header[at] ?? 0) & 0x80) !== 0) return Number(header.readBigUInt64BE(at + length - 8))
  const size = Number.parseInt(header.toString('latin1', at, at + length), 8)
  return Number.isNaN(size) ? 0 : size
}

/** The size that a pax header gives to the entry after it. */
function paxSize(records: Buffer): number | undefined {
  const size = /(?:^|\n)\d+ size=(\d+)\n/.exec(records.toString('latin1'))?.[1]
  return size === undefined ? undefined : Number(size)
}
