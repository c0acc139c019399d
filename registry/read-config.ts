import { maxImageConfigBytes } from '#contract/image-manifest.ts'
import type { RegistryClient } from './client.ts'
import { digestOf } from './digest-of.ts'
import { readSmallBlob } from './read-bounded.ts'

/**
 * The bytes of a configuration that a manifest names. `undefined` when the registry serves others under its digest, or more
 * than `maxImageConfigBytes`. @throws RegistryError
 */
export async function readConfig(
  client: Pick<RegistryClient, 'readBlob'>,
  repository: string,
  digest: string,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const bytes = await readSmallBlob(client, repository, digest, maxImageConfigBytes)
  return bytes !== undefined && digestOf(bytes) === digest ? bytes : undefined
}
