import { z } from 'zod'
import type { ImageFacts } from '#contract/image-facts.ts'
import { imageFacts } from '#contract/wire/image-facts.ts'
import { analyseImage } from '../../cuda/image/analyse-image.ts'
import { AnalysisError } from '../../cuda/image/analysis-error.ts'
import type { Layer } from '../../cuda/image/layer.ts'
import type { ClaimedImage } from '../../records/image-facts.ts'
import { type Descriptor, parseManifest, readJson } from '../registry/manifest.ts'
import type { OwnRegistry } from '../registry/registries.ts'
import { checkBlob } from './check-blob.ts'

const maxConfigBytes = 4 * 1024 * 1024

const imageConfig = z.object({
  os: z.string(),
  architecture: z.string(),
  config: z.object({ Env: z.array(z.string()).nullish() }).nullish(),
})

/**
 * Reads the facts of an image out of its layers in the farm's own registry, one after the other.
 *
 * @throws RegistryError when a blob cannot be had, AnalysisError when it is not what it should be.
 */
export async function readFacts(
  { client, prefix }: OwnRegistry,
  { digest, repository: name }: Pick<ClaimedImage, 'digest' | 'repository'>,
  signal: AbortSignal,
): Promise<ImageFacts> {
  const repository = `${prefix}/${name}`
  const manifest = await client.readManifest(repository, digest)
  const image = manifest && parseManifest(manifest.bytes)
  if (image === undefined) throw new AnalysisError('the registry has no such image')
  const open = async (blob: Descriptor) =>
    checkBlob(await client.readBlob(repository, blob.digest, signal), blob.digest)
  const config = parseConfig(await readAll(await open(image.config)))
  async function* layers(): AsyncGenerator<Layer> {
    for (const layer of image?.layers ?? [])
      yield { mediaType: layer.mediaType, blob: await open(layer) }
  }
  const { data } = imageFacts.safeParse(await analyseImage(config, layers()))
  if (data === undefined) throw new AnalysisError('the image says of itself what cannot be')
  return data
}

function parseConfig(bytes: Uint8Array) {
  const { data } = imageConfig.safeParse(readJson(bytes))
  if (data === undefined) throw new AnalysisError('the configuration of the image is not valid')
  return { os: data.os, architecture: data.architecture, env: data.config?.Env ?? [] }
}

async function readAll(blob: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of blob) {
    length += chunk.length
    if (length > maxConfigBytes) throw new AnalysisError('the configuration is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
