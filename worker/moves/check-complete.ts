import type { MoveRefusal } from '#contract/move.ts'
import type { RegistryClient } from '../registry/client.ts'
import { parseManifest } from '../registry/manifest.ts'

/**
 * Whether the registry still has a version whole: its manifest with exactly these bytes, its config and every layer.
 * @returns what is wrong with it; `undefined` when nothing is. @throws RegistryError when the registry does not answer.
 */
export async function checkComplete(
  client: RegistryClient,
  repository: string,
  digest: string,
): Promise<MoveRefusal | undefined> {
  const manifest = await client.readManifest(repository, digest)
  if (manifest === undefined) return 'version_gone'
  const parsed = manifest.digest === digest ? parseManifest(manifest.bytes) : undefined
  if (parsed === undefined) return 'version_changed'
  for (const { digest: blob, size } of [parsed.config, ...parsed.layers]) {
    if ((await client.sizeOfBlob(repository, blob)) !== size) return 'version_incomplete'
  }
  return undefined
}
