import type { z } from 'zod'
import { imageIndex } from '#contract/wire/image-manifest.ts'
import type { RegistryClient } from './client.ts'
import { RegistryError } from './error.ts'
import { readJson } from './read-json.ts'

export type Referrer = z.infer<typeof imageIndex>['manifests'][number]

/**
 * What hangs on a manifest: as the registry lists it, else as whoever hung it has listed it under the tag that the OCI
 * image specification 1.1 gives the list. @throws RegistryError, also for a list that is none.
 */
export async function listReferrers(
  client: Pick<RegistryClient, 'readReferrers' | 'readManifest'>,
  repository: string,
  digest: string,
): Promise<{ readonly referrers: readonly Referrer[]; readonly hasMore: boolean }> {
  const kept = await client.readReferrers(repository, digest)
  const tagged = await client.readManifest(repository, digest.replace(':', '-'))
  const lists = [kept, tagged].filter((list) => list !== undefined)
  const referrers = new Map<string, Referrer>()
  for (const { bytes } of lists) {
    const { data } = imageIndex.safeParse(readJson(bytes))
    if (data === undefined) throw new RegistryError('list referrers', 200)
    for (const referrer of data.manifests) referrers.set(referrer.digest, referrer)
  }
  return { referrers: [...referrers.values()], hasMore: kept?.hasMore ?? false }
}
