import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Refusal } from '../refusal.ts'
import { asRefusal } from './body-bytes.ts'
import type { ContextEntry } from '../../contexts/entry.ts'
import type { ContextLimits } from './context-limits.ts'
import { readForm } from './read-form.ts'
import { readTar } from './read-tar.ts'
import { refuseContext, tooLarge } from './refuse.ts'

type Bytes = AsyncIterable<Uint8Array>

const chunkSize = 64 * 1024
/** Up to here nobody is harmed, and a few small files may well be mostly zeros. */
const freeBytes = 64 * 1024 ** 2

const form = 'multipart/form-data'
/** How a context may be packed, by the content type of the upload. */
const unpackers: Readonly<Record<string, (source: Bytes) => Bytes>> = {
  'application/x-tar': (source) => source,
  'application/gzip': (source) => through(source, createGunzip({ chunkSize })),
  'application/zstd': (source) => through(source, createZstdDecompress({ chunkSize })),
  [form]: (source) => source,
}

/** The entries of an upload, with the limits checked while it is read. @throws Refusal */
export async function* readUpload(
  body: Bytes,
  contentType: string,
  limits: ContextLimits,
): AsyncGenerator<ContextEntry> {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  const unpack = Object.hasOwn(unpackers, type) ? unpackers[type] : undefined
  if (unpack === undefined) {
    const known = Object.keys(unpackers).join(', ')
    throw new Refusal('unsupported_media_type', `content-type: expected one of ${known}`)
  }
  const limited = limitBytes(body, unpack, limits)
  try {
    yield* type === form ? readForm(limited, contentType) : readTar(limited)
  } catch (error) {
    throw asRefusal(error)
  }
}

/** Ends the upload as soon as it is too long, so that a small archive of zeros cannot fill the disk. */
async function* limitBytes(
  body: Bytes,
  unpack: (source: Bytes) => Bytes,
  limits: ContextLimits,
): AsyncGenerator<Uint8Array> {
  let sent = 0
  let unpacked = 0
  const counted = async function* count() {
    for await (const chunk of body) {
      sent += chunk.length
      if (sent > limits.bytes) throw tooLarge(limits.bytes)
      yield chunk
    }
  }
  for await (const chunk of unpack(counted())) {
    unpacked += chunk.length
    if (unpacked > limits.bytes) throw tooLarge(limits.bytes)
    if (unpacked > Math.max(freeBytes, sent * limits.ratio)) {
      throw refuseContext(`it unpacks to more than ${limits.ratio} times what was sent`)
    }
    yield chunk
  }
}

function through(source: Bytes, unpacker: NodeJS.ReadWriteStream & Bytes): Bytes {
  // What goes wrong comes out of the unpacker as well, and there it is handled.
  pipeline(source, unpacker).catch(() => undefined)
  return unpacker
}
