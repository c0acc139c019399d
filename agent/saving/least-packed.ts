import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { openInside } from './open-inside.ts'
import { bytesOf } from './entry-path.ts'
import { walkUpper } from './walk-upper.ts'

const compress = promisify(zstdCompress)

const pieces = 64
const pieceBytes = 64 * 1024
/** Of what pieces come to, each packed among others that it has little in common with. */
const margin = 0.8

/**
 * What files take at least once they are packed, in bytes: as pieces of them say, taken evenly over all. Zero where there
 * is too little to matter. @param total bytes of the files.
 */
export async function leastPacked(
  upper: string,
  isLeftOut: (path: string) => boolean,
  total: number,
): Promise<number> {
  if (total < pieces * pieceBytes) return 0
  const step = total / pieces
  const found: Buffer[] = []
  let seen = 0
  for await (const { path, kind, bytes } of walkUpper(upper, isLeftOut)) {
    if (kind !== 'file') continue
    const next = found.length * step
    if (next < seen + bytes) {
      const offsets = Array.from({ length: Math.ceil((seen + bytes - next) / step) }, (_, index) =>
        Math.max(0, Math.floor(next + index * step - seen)),
      )
      found.push(...(await readPieces(upper, path, offsets)))
    }
    seen += bytes
  }
  const plain = Buffer.concat(found)
  if (plain.length === 0) return 0
  const { length } = await compress(plain)
  return Math.floor(total * (length / plain.length) * margin)
}

/** Empty where the file has gone, or has become shorter. */
async function readPieces(
  upper: string,
  path: string,
  offsets: readonly number[],
): Promise<readonly Buffer[]> {
  await using file = await openInside(upper, bytesOf(upper, path))
  return Promise.all(
    offsets.map(async (offset) => {
      if (file === undefined) return Buffer.alloc(0)
      const piece = Buffer.alloc(pieceBytes)
      const { bytesRead } = await file.read(piece, 0, pieceBytes, offset)
      return piece.subarray(0, bytesRead)
    }),
  )
}
