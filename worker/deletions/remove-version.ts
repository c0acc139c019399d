import { z } from 'zod'
import type { DueDeletion } from '../../records/removals.ts'
import type { RegistryClient } from '../../registry/client.ts'
import { readJson } from '../../registry/read-json.ts'
import { RegistryError } from '../../registry/error.ts'

type Client = Pick<RegistryClient, 'readManifest' | 'deleteManifest'>
type Version = Pick<DueDeletion, 'digest' | 'number' | 'tag' | 'wholeImage' | 'wasCurrent'>

/** What became of a version in the registry. */
export type Removal =
  /** `tags` stay, where a registry removes none by itself. */
  | { readonly removed: true; readonly tags: readonly string[] }
  /** All of it is still there. */
  | { readonly removed: false; readonly why: RegistryError }

const list = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })) })

/**
 * Removes a version from the registry: its manifest, what hangs on it, and its tags. The manifest goes first, so that a
 * registry that does not let it go has lost nothing. It may be repeated. @throws RegistryError when it may be another time.
 */
export async function removeVersion(
  client: Client,
  repository: string,
  { digest, number, tag, wholeImage, wasCurrent }: Version,
  { shared }: { readonly shared: boolean },
): Promise<Removal> {
  if (!shared) {
    const why = await removeManifest(client, repository, digest)
    // A try before this one may have removed it without hearing so.
    if (why !== undefined && (await client.readManifest(repository, digest)) !== undefined) {
      return { removed: false, why }
    }
    await removeReferrers(client, repository, digest)
  }
  const tags: string[] = []
  for (const name of [`${tag}-v${number}`, ...(wholeImage && wasCurrent ? [tag] : [])]) {
    // Many registries delete by digest only, and the tags go with it.
    const kept = await removeManifest(client, repository, name)
    if (kept && (await client.readManifest(repository, name)) !== undefined) tags.push(name)
  }
  return { removed: true, tags }
}

/**
 * A registry that lists referrers itself removes them with their subject; others have the list under a tag. The signature
 * for older clients is no referrer.
 */
async function removeReferrers(client: Client, repository: string, digest: string): Promise<void> {
  const tag = digest.replace(':', '-')
  const signature = await client.readManifest(repository, `${tag}.sig`)
  if (signature !== undefined) await removeManifest(client, repository, signature.digest)
  const index = await client.readManifest(repository, tag)
  if (index === undefined) return
  // A list that cannot be read names nothing.
  const { data } = list.safeParse(readJson(index.bytes))
  for (const referrer of data?.manifests ?? []) {
    await removeManifest(client, repository, referrer.digest)
  }
  await removeManifest(client, repository, index.digest)
}

/** @returns the answer of a registry that does not do it, now or later; `undefined` when it is gone. */
async function removeManifest(
  client: Client,
  repository: string,
  reference: string,
): Promise<RegistryError | undefined> {
  try {
    await client.deleteManifest(repository, reference)
    return undefined
  } catch (error) {
    if (error instanceof RegistryError && isRefusal(error)) return error
    throw error
  }
}

function isRefusal({ status }: RegistryError): boolean {
  return status !== undefined && status >= 400 && status < 500 && ![404, 408, 429].includes(status)
}
