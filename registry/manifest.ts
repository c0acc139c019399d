import type { ImageManifest } from '#contract/image-manifest.ts'
import { imageManifest } from '#contract/wire/image-manifest.ts'
import { readJson } from './read-json.ts'

/** What a manifest names; `undefined` when the bytes are not the manifest of one image. */
export function parseManifest(manifest: Uint8Array): ImageManifest | undefined {
  return imageManifest.safeParse(readJson(manifest)).data
}

/** Bytes that an image takes in the registry: manifest, config and each layer once; `undefined` likewise. */
export function imageSize(manifest: Uint8Array): number | undefined {
  const parsed = parseManifest(manifest)
  if (parsed === undefined) return undefined
  const blobs = new Map([parsed.config, ...parsed.layers].map((d) => [d.digest, d.size]))
  return manifest.length + [...blobs.values()].reduce((sum, size) => sum + size, 0)
}
