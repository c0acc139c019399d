import { promisify } from 'node:util'
import { constants, crc32, zstdCompress, zstdDecompress } from 'node:zlib'

/** One block of lines as it lies in a file: a header of fixed length, then the block, packed or as it is. */
export interface FrameHeader {
  readonly packed: boolean
  /** Bytes after the header. */
  readonly storedBytes: number
  readonly rawBytes: number
  /** Number of the first line, counted from 0 within the attempt. */
  readonly start: number
  readonly lines: number
  /** Of the header up to here and of the stored bytes. */
  readonly checksum: number
}

export const headerBytes = 32
const magic = 0x31474f4c
const maxRawBytes = 64 * 1024 * 1024
/** Packing a block as short as this gains nothing. */
const worthPacking = 1024

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** zstd levels: what is packed while a build runs must be quick, what is packed once and kept may take its time. */
export const packing = { quick: 1, small: 9 } as const

/** @returns the header and the bytes to write after it. */
export async function encodeFrame(
  block: Buffer,
  { start, lines }: Pick<FrameHeader, 'start' | 'lines'>,
  level: number,
): Promise<readonly [header: Buffer, stored: Buffer]> {
  const params = { [constants.ZSTD_c_compressionLevel]: level }
  const zstd = block.length < worthPacking ? block : await compress(block, { params })
  const packed = zstd.length < block.length
  const stored = packed ? zstd : block
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(magic, 0)
  header.writeUInt8(packed ? 1 : 0, 4)
  header.writeUInt32LE(stored.length, 8)
  header.writeUInt32LE(block.length, 12)
  header.writeUIntLE(start, 16, 6)
  header.writeUInt32LE(lines, 24)
  header.writeUInt32LE(crc32(stored, crc32(header.subarray(0, 28))), 28)
  return [header, stored]
}

/** `undefined` when the bytes are no header: a file that was cut off ends in such bytes. */
export function decodeHeader(bytes: Buffer): FrameHeader | undefined {
  if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic) return undefined
  const rawBytes = bytes.readUInt32LE(12)
  if (rawBytes > maxRawBytes) return undefined
  return {
    packed: bytes.readUInt8(4) === 1,
    storedBytes: bytes.readUInt32LE(8),
    rawBytes,
    start: bytes.readUIntLE(16, 6),
    lines: bytes.readUInt32LE(24),
    checksum: bytes.readUInt32LE(28),
  }
}

/** Whether header and stored bytes are those that were written. */
export function isWhole(header: Buffer, stored: Buffer): boolean {
  return crc32(stored, crc32(header.subarray(0, 28))) === header.readUInt32LE(28)
}

export async function decodeBlock(
  { packed, rawBytes }: FrameHeader,
  stored: Buffer,
): Promise<Buffer> {
  return packed ? decompress(stored, { maxOutputLength: rawBytes }) : stored
}
