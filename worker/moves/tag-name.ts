import type { Pool } from '../../records/connect.ts'
import { findName } from '../../records/versions.ts'
import type { Manifest } from '../../registry/client.ts'
import { RegistryError } from '../../registry/error.ts'
import type { OwnRegistry } from '../../registry/registries.ts'

export interface TagDeps {
  readonly db: Pool
  readonly own: OwnRegistry
}

/** A name that moves on while it is tagged is tagged again; one that moves this often is tried again later. */
const maxRounds = 10

/**
 * Lets the tag in the registry follow the name in the library. Builds and rollbacks write it at the same time: whoever has
 * written looks again at the name, so that the last one to write has seen where it ended. `read` is a manifest that the
 * name may point at. @throws RegistryError
 */
export async function tagName(
  { db, own }: TagDeps,
  imageId: number,
  read?: Manifest,
): Promise<void> {
  let written: string | undefined
  for (let round = 0; round < maxRounds; round += 1) {
    const name = await findName(db, imageId)
    if (name === undefined || name.digest === written) return
    const place = `${own.prefix}/${name.repository}`
    const manifest =
      read?.digest === name.digest ? read : await own.client.readManifest(place, name.digest)
    if (manifest?.digest !== name.digest) throw new RegistryError('read manifest', 404)
    await own.client.writeManifest(place, name.tag, manifest)
    written = name.digest
  }
  throw new RegistryError('tag the name before it moves on', undefined)
}
