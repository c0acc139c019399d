import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type Digest, parseDigest } from '#contract/image.ts'

const bufferSize = 512 * 1024

/** A new file whose digest is known once it is written. */
export interface HashedFile extends AsyncDisposable {
  readonly handle: FileHandle
  /** Bytes so far. */
  readonly size: number
  write(bytes: Uint8Array): Promise<void>
  /** Spares the hashing from here on. There is then no digest. */
  forget(): void
  /** Writes what is still held. */
  finish(): Promise<void>
  /** Of everything; once, when it is finished and was not forgotten. */
  digest(): Digest
}

/**
 * Collects what is written: a context is mostly small files, and a call to the system for each costs more than the
 * files. While one buffer is on its way to the disk the other is filled and hashed.
 */
export async function createHashedFile(path: string): Promise<HashedFile> {
  const handle = await open(path, 'wx+', 0o600)
  const hash = createHash('sha256')
  let hashing = true
  let buffer = Buffer.allocUnsafeSlow(bufferSize)
  let spare = Buffer.allocUnsafeSlow(bufferSize)
  let held = 0
  let flushed = 0
  let writing = Promise.resolve()
  const flush = async () => {
    const full = buffer.subarray(0, held)
    if (hashing) hash.update(full)
    await writing
    writing = writeAll(handle, full, flushed)
    // Told by the next flush, which is always awaited.
    writing.catch(() => undefined)
    flushed += held
    held = 0
    ;[buffer, spare] = [spare, buffer]
  }
  return {
    handle,
    get size() {
      return flushed + held
    },
    write: async (bytes) => {
      for (let at = 0; at < bytes.length;) {
        const part = bytes.subarray(at, at + bufferSize - held)
        buffer.set(part, held)
        held += part.length
        at += part.length
        if (held === bufferSize) await flush()
      }
    },
    forget: () => {
      hashing = false
    },
    finish: async () => {
      await flush()
      await writing
    },
    digest: () => {
      if (!hashing) throw new Error('the digest was forgotten')
      return parseDigest(`sha256:${hash.digest('hex')}`)
    },
    [Symbol.asyncDispose]: async () => {
      await writing.catch(() => undefined)
      await handle.close()
    },
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  }
}
