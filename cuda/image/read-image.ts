import { type Descriptor, maxImageConfigBytes } from '#contract/image-manifest.ts'
import { imageFacts } from '#contract/wire/image-facts.ts'
import { imageConfig, imageManifest } from '#contract/wire/image-manifest.ts'
import { analyseImage, type LayerContents } from './analyse-image.ts'
import { AnalysisError } from './analysis-error.ts'
import { checkBlob } from './check-blob.ts'
import { createKnownOverlays, type KnownOverlays } from './known-overlays.ts'
import type { Layer } from './layer.ts'

/** A blob of the store that holds the image. */
export type OpenBlob = (digest: string) => Promise<AsyncIterable<Uint8Array>>

/**
 * Reads the facts and packages of an image out of its layers, one after the other, each checked against its digest. Lower
 * layers that are `known` are not opened.
 *
 * @throws AnalysisError when it is no image that can be read; what `open` throws, and BlobError where a blob is not
 * whole, also as the cause of an AnalysisError.
 */
export async function readImage(
  bytes: Uint8Array,
  open: OpenBlob,
  known: KnownOverlays = createKnownOverlays(),
): Promise<LayerContents> {
  const blob = async ({ digest }: Descriptor) => checkBlob(await open(digest), digest)
  const manifest = imageManifest.safeParse(parseJson(bytes)).data
  if (manifest === undefined) throw new AnalysisError('the manifest of the image is not valid')
  const text = await readAll(await blob(manifest.config))
  const config = imageConfig.safeParse(parseJson(text)).data
  if (config === undefined) throw new AnalysisError('the configuration of the image is not valid')
  const { layers } = manifest
  const stack = layers.map(({ digest }) => digest)
  let read = stack.length
  while (read > 0 && known.find(stack.slice(0, read)) === undefined) read -= 1
  const below = known.find(stack.slice(0, read))
  async function* unread(): AsyncGenerator<Layer> {
    for (const layer of layers.slice(read))
      yield { mediaType: layer.mediaType, blob: await blob(layer) }
  }
  const { os, architecture } = config
  const about = { os, architecture, env: config.config?.Env ?? [] }
  const { facts, packages } = await analyseImage(about, unread(), below, (overlay) => {
    read += 1
    known.keep(stack.slice(0, read), overlay)
  })
  const { data } = imageFacts.safeParse(facts)
  if (data === undefined) throw new AnalysisError('the image says of itself what cannot be')
  return { facts: data, packages }
}

async function readAll(blob: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of blob) {
    length += chunk.length
    if (length > maxImageConfigBytes) throw new AnalysisError('the configuration is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
