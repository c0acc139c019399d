import { type Statement, statementType } from '#contract/attestation.ts'
import type { Digest } from '#contract/image.ts'

/** A statement about an image. @param name without a tag, as clients name it: host and repository. Pure. */
export function stateOf<Predicate extends object>(
  { name, digest }: { readonly name: string; readonly digest: Digest },
  predicateType: string,
  predicate: Predicate,
): Statement<Predicate> {
  const subject = [{ name, digest: { sha256: digest.slice('sha256:'.length) } }]
  return { _type: statementType, subject, predicateType, predicate }
}
