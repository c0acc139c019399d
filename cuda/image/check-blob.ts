import { createHash } from 'node:crypto'

/** A blob broke off, or its bytes are not those of its digest: the store is at fault, not the image. */
export class BlobError extends Error {
  override readonly name = 'BlobError'
  readonly digest: string

  constructor(digest: string, options?: ErrorOptions) {
    super(`the blob ${digest} is not whole`, options)
    this.digest = digest
  }
}

/** Passes a blob on. @throws BlobError when it breaks off, or was not exactly the bytes of `digest`. */
export async function* checkBlob(
  blob: AsyncIterable<Uint8Array>,
  digest: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of blob) {
      hash.update(chunk)
      yield chunk
    }
  } catch (cause) {
    throw new BlobError(digest, { cause })
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw new BlobError(digest)
}
