import { bundleToJSON, type SerializedBundle, toDSSEBundle } from '@sigstore/bundle'
import { dsse } from '@sigstore/core'
import { type Statement, statementPayloadType } from '#contract/attestation.ts'
import type { Signer } from '../signing/signer.ts'

/** Signs a statement as a Sigstore bundle, which names the key by the hint that cosign gives it. */
export async function signStatement(
  signer: Signer,
  statement: Statement,
): Promise<SerializedBundle> {
  const artifact = Buffer.from(JSON.stringify(statement))
  const signature = await signer.sign(dsse.preAuthEncoding(statementPayloadType, artifact))
  const keyHint = Buffer.from(signer.keyId, 'hex').toString('base64')
  const about = { artifact, artifactType: statementPayloadType, signature, keyHint }
  const bundle = bundleToJSON(toDSSEBundle(about))
  // Go verifiers take an id in the envelope for the fingerprint of an SSH key, and skip the signature.
  for (const each of bundle.dsseEnvelope?.signatures ?? []) each.keyid = ''
  return bundle
}
