import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { contextLimits } from '#contract/wire/context.ts'
import { Refusal } from '../refusal.ts'
import { type NormalTar, normaliseTar } from './normalise-tar.ts'

/** How a context may be packed, by the content type of the upload. */
const unpackers = {
  'application/x-tar': [],
  'application/gzip': [createGunzip],
  'application/zstd': [createZstdDecompress],
} as const

type Keep = (normal: NormalTar, place: () => Promise<void>) => Promise<void>

export interface ContextStore {
  /**
   * Reads an upload; `keep` is told what it is and calls `place` to have it kept. Nothing is held in memory, and the
   * limits are checked while it is read. @throws Refusal
   */
  receive(body: ReadableStream<Uint8Array>, contentType: string, keep: Keep): Promise<NormalTar>
  /** The normalised tar; `undefined` when it is not kept here. */
  read(digest: string): Promise<ReadableStream<Uint8Array> | undefined>
  readonly delete: (digest: string) => Promise<void>
}

export function createContextStore(dataDir: string, newName: () => string): ContextStore {
  const folder = join(dataDir, 'contexts')
  const pathOf = (digest: string) => join(folder, `${digest.replace(/^sha256:/, '')}.tar`)
  return {
    receive: async (body, contentType, keep) => {
      const unpack = Object.entries(unpackers).find(([type]) => type === contentType)?.[1]
      if (unpack === undefined) {
        const known = Object.keys(unpackers).join(', ')
        throw new Refusal('unsupported_media_type', `content-type: expected one of ${known}`)
      }
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const temporary = join(folder, newName())
      try {
        await receiveTo(`${temporary}.upload`, body, unpack)
        const normal = await normaliseTar(`${temporary}.upload`, `${temporary}.normal`)
        await keep(normal, async () => rename(`${temporary}.normal`, pathOf(normal.digest)))
        return normal
      } finally {
        await rm(`${temporary}.upload`, { force: true })
        await rm(`${temporary}.normal`, { force: true })
      }
    },
    delete: async (digest) => rm(pathOf(digest), { force: true }),
    read: async (digest) => {
      const file = await open(pathOf(digest)).catch(() => undefined)
      if (file === undefined) return undefined
      return Readable.toWeb(createReadStream('', { fd: file })) as ReadableStream<Uint8Array>
    },
  }
}

async function receiveTo(
  path: string,
  body: ReadableStream<Uint8Array>,
  unpack: readonly (() => NodeJS.ReadWriteStream)[],
): Promise<void> {
  try {
    await pipeline([
      Readable.fromWeb(body),
      limitBytes(contextLimits.bytes),
      ...unpack.map((create) => create()),
      limitBytes(contextLimits.bytes),
      createWriteStream(path, { mode: 0o600 }),
    ])
  } catch (error) {
    if (error instanceof Refusal || isFileSystemError(error)) throw error
    throw new Refusal('context_invalid', 'the upload is cut off or not packed as its type says')
  }
}

/** Ends the upload as soon as it is too long, so that a small archive of zeros cannot fill the disk. */
function limitBytes(limit: number): Transform {
  let bytes = 0
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      if (bytes <= limit) done(null, chunk)
      else done(new Refusal('body_too_large', `the limit is ${limit} bytes, also unpacked`))
    },
  })
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
