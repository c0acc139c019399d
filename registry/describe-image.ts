import type { ImageContents } from '#contract/image-contents.ts'
import { imageBlueprint } from '#contract/wire/image-contents.ts'
import type { RegistryClient } from './client.ts'
import { parseManifest } from './manifest.ts'
import { readConfig } from './read-config.ts'
import { readJson } from './read-json.ts'

const maxInstruction = 2_000

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
  const bytes = await readConfig(client, repository, config.digest)
  if (bytes === undefined) return undefined
  const { data } = imageBlueprint.safeParse(readJson(bytes))
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
