import { z } from 'zod'

const descriptor = z.object({ digest: z.string(), size: z.number().int().nonnegative() })
/** BuildKit writes null for the layers of an image that has none. */
const imageManifest = z.object({ config: descriptor, layers: z.array(descriptor).nullable() })

/**
 * Bytes that an image takes in the registry: manifest, config and each layer once.
 * `undefined` when the bytes are not the manifest of one image.
 */
export function imageSize(manifest: Uint8Array): number | undefined {
  const parsed = imageManifest.safeParse(readJson(manifest))
  if (!parsed.success) return undefined
  const { config, layers } = parsed.data
  const blobs = new Map([config, ...(layers ?? [])].map((d) => [d.digest, d.size]))
  return manifest.length + [...blobs.values()].reduce((sum, size) => sum + size, 0)
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
