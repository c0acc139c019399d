import type { Digest } from '#contract/image.ts'
import type { Manifest } from '../../registry/client.ts'
import { RegistryError } from '../../registry/error.ts'
import { type Check, failed, ok } from './check.ts'
import { checkContent } from './check-content.ts'
import { checkReferrers } from './check-referrers.ts'
import type { Place } from './place.ts'
import type { TrustedKey } from './verify-bundle.ts'

export interface Verified {
  /** Computed from the bytes; `undefined` when there are none, or the registry calls them by another one. */
  readonly digest: Digest | undefined
  readonly checks: readonly Check[]
}

interface Terms {
  readonly keys: readonly TrustedKey[]
  /** Reads every layer. */
  readonly whole: boolean
  readonly signal: AbortSignal
}

/**
 * Looks at an image in its registry, and believes nobody what can be computed here.
 * @returns `undefined` when the registry has no such image. @throws RegistryError when the registry fails.
 */
export async function verifyImage(place: Place, terms: Terms): Promise<Verified | undefined> {
  const { client, repository, reference, expected } = place
  let manifest: Manifest | undefined
  try {
    manifest = await client.readManifest(repository, reference)
  } catch (error) {
    // It answered, and what it answered contradicts itself.
    if (!(error instanceof RegistryError) || error.status !== 200) throw error
    const detail = 'the registry calls its bytes by a digest that is not theirs'
    return { digest: undefined, checks: [failed('manifest', detail)] }
  }
  if (manifest === undefined) return undefined
  const { digest } = manifest
  if (expected !== undefined && digest !== expected) {
    return { digest, checks: [failed('manifest', `it is ${digest} instead of ${expected}`)] }
  }
  const named = expected === undefined ? `${reference} is ${digest}` : digest
  return {
    digest,
    checks: [
      ok('manifest', named, expected === undefined ? 'the registry, which the tag is of' : null),
      ...(await checkContent(place, manifest, terms)),
      ...(await checkReferrers(place, digest, terms.keys)),
    ],
  }
}
