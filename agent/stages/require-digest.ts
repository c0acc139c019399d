import type { Digest } from '#contract/image.ts'

/** The daemon no longer has what was built before and made other bytes of the same plan. */
export class DigestChanged extends Error {
  override readonly name = 'DigestChanged'
}

/** @throws DigestChanged unless a repeated solve gave the bytes of the stage before. */
export function requireDigest(actual: Digest, expected: Digest): void {
  if (actual !== expected) throw new DigestChanged(`built ${expected}, then ${actual}`)
}
