import { createHash } from 'node:crypto'
import { RegistryError } from '../registry/error.ts'

/** Passes a blob on. @throws RegistryError when it breaks off, or was not exactly the bytes of `digest`. */
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
    throw new RegistryError('read blob', undefined, { cause })
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw new RegistryError('read blob', undefined)
}
