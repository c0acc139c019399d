import type { RegistryClient } from './client.ts'
import { RegistryError } from './error.ts'

const blobLimitMs = 30_000

/**
 * What a registry sends, as long as it is no more than `maxBytes`; `undefined` as soon as it is more, and the rest is not
 * read. @throws RegistryError when it breaks off.
 */
export async function readBounded(
  operation: string,
  stream: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of stream ?? []) {
      length += part.length
      if (length > maxBytes) return undefined
      parts.push(part)
    }
  } catch (error) {
    throw new RegistryError(operation, undefined, { cause: error })
  }
  return Buffer.concat(parts)
}

/** A blob of no more than `maxBytes`, unchecked; `undefined` when there is more of it. @throws RegistryError */
export async function readSmallBlob(
  client: Pick<RegistryClient, 'readBlob'>,
  repository: string,
  digest: string,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const stream = await client.readBlob(repository, digest, AbortSignal.timeout(blobLimitMs))
  return readBounded('read blob', stream, maxBytes)
}
