import type { ImageContents } from '#contract/image-contents.ts'
import { imageBlueprint } from '#contract/wire/image-contents.ts'
import type { RegistryClient } from '../registry/client.ts'
import { digestOf } from '../registry/digest-of.ts'
import { parseManifest } from '../registry/manifest.ts'

/** A configuration beyond this is not told. */
const maxConfigBytes = 1024 * 1024
const maxInstruction = 2_000
const readLimitMs = 30_000

/** What an image is made of. `undefined` when its manifest or configuration is not one. @throws RegistryError */
export async function describeImage(
  client: RegistryClient,
  repository: string,
  digest: string,
): Promise<ImageContents | undefined> {
  const manifest = await client.readManifest(repository, digest)
  const parsed = manifest?.digest === digest ? parseManifest(manifest.bytes) : undefined
  if (manifest === undefined || parsed === undefined) return undefined
  const { config, layers } = parsed
  if (config.size > maxConfigBytes) return undefined
  const blob = await readSmall(client, repository, config.digest)
  const { data } = imageBlueprint.safeParse(blob)
  if (data === undefined) return undefined
  // A history that does not fit the layers says nothing about them.
  const instructions = data.instructions.length === layers.length ? data.instructions : []
  return {
    manifestBytes: manifest.bytes.length,
    configDigest: config.digest,
    configBytes: config.size,
    config: data.config,
    layers: layers.map(({ digest: layer, size, mediaType }, index) => ({
      digest: layer,
      bytes: size,
      mediaType: mediaType.slice(0, 255),
      madeBy: instructions[index]?.slice(0, maxInstruction) ?? null,
    })),
  }
}

async function readSmall(client: RegistryClient, repository: string, digest: string) {
  const stream = await client.readBlob(repository, digest, AbortSignal.timeout(readLimitMs))
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of stream) {
    length += part.length
    if (length > maxConfigBytes) return undefined
    parts.push(part)
  }
  const bytes = Buffer.concat(parts)
  if (digestOf(bytes) !== digest) return undefined
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
