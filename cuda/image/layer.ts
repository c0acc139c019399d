import { pipeline, Readable, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { AnalysisError } from './analysis-error.ts'
import { cutArchive } from './cut-archive.ts'
import { cutFrames } from './zstd-frames.ts'

/** One layer of an image as a registry serves it. */
export interface Layer {
  readonly mediaType: string
  readonly blob: AsyncIterable<Uint8Array>
}

export interface LayerEntry {
  /** Without `./`, `/` in front and `/` at the end. */
  readonly path: string
  readonly type: Header['type']
  /** In bytes. */
  readonly size: number
  /** Permission bits. */
  readonly mode: number
  /** Where a link points to; '' for what is no link. */
  readonly target: string
  /** To be read to its end, whether it is wanted or not. */
  readonly body: AsyncIterable<unknown>
}

/** Larger than node's 16 KiB: a third less time for the same bytes. */
const chunkSize = 256 * 1024

/** The first format of tar had no magic number. The types of the library do not know that it can be asked for. */
const tarOptions = { highWaterMark: chunkSize, allowUnknownFormat: true }

const packings: readonly (readonly [RegExp, (blob: Layer['blob']) => Readable])[] = [
  [/(\+|\.)zstd$/, (blob) => unpack(cutFrames(blob), createZstdDecompress({ chunkSize }))],
  [/(\+|\.)gzip$/, (blob) => Readable.from(cutArchive(unpack(blob, createGunzip({ chunkSize }))))],
  [/\.tar$/, (blob) => Readable.from(blob)],
]

/** The entries of a layer in their order. @throws AnalysisError when it is of another kind or cut off. */
export async function* readLayer({ mediaType, blob }: Layer): AsyncGenerator<LayerEntry> {
  const open = packings.find(([pattern]) => pattern.test(mediaType))?.[1]
  if (open === undefined) throw new AnalysisError(`layers of type ${mediaType} are not read`)
  try {
    for await (const entry of pipeline(open(blob), extract(tarOptions), () => undefined)) {
      const { name, type, size, mode, linkname } = entry.header
      const path = name.replace(/^(\.?\/)+|\/+$/g, '')
      yield { path, type, size, mode, target: asTarget(linkname), body: entry }
    }
  } catch (error) {
    if (error instanceof AnalysisError) throw error
    throw new AnalysisError('the layer is not a whole tar archive', { cause: error })
  }
}

/** Absent where there is none, whatever its type says. */
function asTarget(linkname: string | null): string {
  return linkname ?? ''
}

/** An error of either stream ends the last one, where the reader meets it. */
function unpack(source: AsyncIterable<Uint8Array>, unpacker: Transform): Readable {
  return pipeline(Readable.from(source), unpacker, () => undefined)
}
