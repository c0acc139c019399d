import { interestIn } from './interest.ts'
import type { LayerEntry } from './layer.ts'
import type { Content, Reader } from './readers/reader.ts'

/** A file or link that says something about its image. */
export interface Kept {
  readonly bytes: number
  /** Where a symbolic link points; absent for a file. */
  readonly target?: string
  readonly content?: Content
}

/** Links that no search path leads through. */
const dullLink =
  /^(usr\/share|usr\/lib\/debug|etc\/ssl|etc\/rc\w\.d|proc|sys)\/|\.(so[\d.]*|\w{1,4})$/

/** Reads an entry to its end, and hands over what is worth keeping of it. */
export async function keepEntry(entry: LayerEntry): Promise<Kept | undefined> {
  const { path, type, size, mode, target, body } = entry
  if (type === 'symlink') {
    await read(body, nothing)
    const isKept = interestIn(path, 0, 0) !== undefined || !dullLink.test(path)
    return isKept ? { bytes: 0, target } : undefined
  }
  const interest = type === 'file' ? interestIn(path, size, mode) : undefined
  if (interest?.read === undefined) {
    await read(body, nothing)
    return interest && { bytes: size }
  }
  const content = await read(body, interest.read())
  if (content === undefined) return interest.always ? { bytes: size } : undefined
  return { bytes: size, content }
}

async function read(body: LayerEntry['body'], reader: Reader): Promise<Content | undefined> {
  for await (const chunk of body) if (chunk instanceof Uint8Array) reader.write(asBuffer(chunk))
  return reader.end()
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

const nothing: Reader = { write: () => undefined, end: () => undefined }
