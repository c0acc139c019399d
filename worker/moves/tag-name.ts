import type { Pool } from '../../records/connect.ts'
import { withName } from '../../records/versions.ts'
import type { Manifest } from '../registry/client.ts'
import { RegistryError } from '../registry/error.ts'
import type { OwnRegistry } from '../registry/registries.ts'

export interface TagDeps {
  readonly db: Pool
  readonly own: OwnRegistry
}

/**
 * Lets the tag in the registry follow the name in the library, whoever has moved that. `read` is a manifest that it may
 * point at. @throws RegistryError
 */
export async function tagName(
  { db, own }: TagDeps,
  imageId: number,
  read?: Manifest,
): Promise<void> {
  await withName(db, imageId, async ({ repository, tag, digest }) => {
    const place = `${own.prefix}/${repository}`
    const manifest = read?.digest === digest ? read : await own.client.readManifest(place, digest)
    if (manifest?.digest !== digest) throw new RegistryError('read manifest', 404)
    await own.client.writeManifest(place, tag, manifest)
  })
}
