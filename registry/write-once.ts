import type { Manifest, RegistryClient } from './client.ts'
import { RegistryError } from './error.ts'

/**
 * Writes a tag that is never to move. A registry that keeps such tags refuses to write one again, the same bytes included:
 * when the answer to an earlier try was lost, the tag is there already. @throws RegistryError also when it leads elsewhere.
 */
export async function writeOnce(
  client: RegistryClient,
  repository: string,
  tag: string,
  manifest: Manifest,
): Promise<void> {
  try {
    await client.writeManifest(repository, tag, manifest)
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== 412) throw error
    const kept = await client.readManifest(repository, tag)
    if (kept?.digest !== manifest.digest) throw error
  }
}
