import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDigest } from '#contract/image.ts'
import type { ImageBlob } from '#contract/push.ts'
import { imageManifest } from '#contract/wire/image-manifest.ts'
import type { BuiltImage } from './read-built.ts'

/**
 * What a built image is made of, as its manifest on this node says: the manifest itself, the configuration and the layers
 * as they are compressed. `undefined` where the daemon no longer holds the manifest.
 */
export async function listBlobs({ blobs, digest }: BuiltImage): Promise<ImageBlob[] | undefined> {
  if (!isDigest(digest)) return undefined
  const bytes = await readFile(join(blobs, ...digest.split(':'))).catch(() => undefined)
  if (bytes === undefined) return undefined
  const { config, layers } = imageManifest.parse(JSON.parse(bytes.toString()))
  const parts = [config, ...layers].map((part) => ({ digest: part.digest, bytes: part.size }))
  return [{ digest, bytes: bytes.length }, ...parts]
}
