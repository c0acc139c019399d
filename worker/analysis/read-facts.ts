import type { LayerContents } from '../../cuda/image/analyse-image.ts'
import { AnalysisError } from '../../cuda/image/analysis-error.ts'
import { readImage } from '../../cuda/image/read-image.ts'
import type { ClaimedImage } from '../../records/image-facts.ts'
import type { OwnRegistry } from '../../registry/registries.ts'

/**
 * Reads the facts and packages of an image out of its layers in the farm's own registry.
 *
 * @throws RegistryError when a blob cannot be had, BlobError when it is not whole, AnalysisError when it is not what it
 * should be.
 */
export async function readFacts(
  { client, prefix }: OwnRegistry,
  { digest, repository: name }: Pick<ClaimedImage, 'digest' | 'repository'>,
  signal: AbortSignal,
): Promise<LayerContents> {
  const repository = `${prefix}/${name}`
  const manifest = await client.readManifest(repository, digest)
  if (manifest === undefined) throw new AnalysisError('the registry has no such image')
  return readImage(manifest.bytes, async (blob) => client.readBlob(repository, blob, signal))
}
