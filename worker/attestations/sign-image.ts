import type { SerializedBundle } from '@sigstore/bundle'
import { z } from 'zod'
import { predicateTypes } from '#contract/attestation.ts'
import type { Digest } from '#contract/image.ts'
import type { Signer } from '../signing/signer.ts'
import type { SimpleSignature } from '../../registry/attach-simple-signature.ts'
import { signStatement } from './sign-statement.ts'
import { stateOf } from './state-of.ts'

/** A signature in both forms in which clients look for one. */
export interface ImageSignature {
  readonly bundle: SerializedBundle
  /** What older clients, admission controllers and Harbor read, both in base64. */
  readonly simple: { payload: string; signature: string }
}

/** @param name the image without a tag, as clients name it: host and repository. */
export async function signImage(
  signer: Signer,
  { name, digest }: { readonly name: string; readonly digest: Digest },
): Promise<ImageSignature> {
  const payload = Buffer.from(JSON.stringify(simplePayload(name, digest)))
  const signature = await signer.sign(payload)
  return {
    bundle: await signStatement(signer, stateOf({ name, digest }, predicateTypes.signature, {})),
    simple: { payload: payload.toString('base64'), signature: signature.toString('base64') },
  }
}

/** Source: containers/image, "Container signature format". */
function simplePayload(name: string, digest: Digest) {
  return {
    critical: {
      identity: { 'docker-reference': name },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: {},
  }
}

const stored = z.object({
  bundle: z.looseObject({}),
  simple: z.object({ payload: z.base64(), signature: z.base64() }),
})

/** A signature as it was kept. */
export function readSignature(document: object): {
  readonly bundle: object
  readonly simple: SimpleSignature
} {
  const { bundle, simple } = stored.parse(document)
  return { bundle, simple: { ...simple, payload: Buffer.from(simple.payload, 'base64') } }
}
