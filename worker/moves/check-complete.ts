import type { MissingPart } from '#contract/image-contents.ts'
import type { MoveRefusal } from '#contract/move.ts'
import type { RegistryClient } from '../../registry/client.ts'
import { parseManifest } from '../../registry/manifest.ts'

/** What the registry no longer has of a version, and what that means for a name that is to go there. */
export interface Lack {
  readonly refusal: MoveRefusal
  readonly missing: readonly MissingPart[]
}

/**
 * Whether the registry still has a version whole: its manifest with exactly these bytes, its config and every layer.
 * @returns what is wrong with it; `undefined` when nothing is. @throws RegistryError when the registry does not answer.
 */
export async function checkComplete(
  client: RegistryClient,
  repository: string,
  digest: string,
): Promise<Lack | undefined> {
  const manifest = await client.readManifest(repository, digest)
  const whole: readonly MissingPart[] = [{ part: 'manifest', digest }]
  if (manifest === undefined) return { refusal: 'version_gone', missing: whole }
  const parsed = manifest.digest === digest ? parseManifest(manifest.bytes) : undefined
  if (parsed === undefined) return { refusal: 'version_changed', missing: whole }
  const blobs = [
    { part: 'config' as const, ...parsed.config },
    ...parsed.layers.map((layer) => ({ part: 'layer' as const, ...layer })),
  ]
  const missing: MissingPart[] = []
  for (const { part, digest: blob, size } of blobs) {
    if ((await client.sizeOfBlob(repository, blob)) !== size) missing.push({ part, digest: blob })
  }
  return missing.length === 0 ? undefined : { refusal: 'version_incomplete', missing }
}
