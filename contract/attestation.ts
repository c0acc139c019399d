/**
 * What is hung on a published version in the registry. `signature`: that the farm published these bytes; `provenance`: how
 * they were made; `sbom`: which packages are in them.
 */
export const attestationKinds = ['signature', 'provenance', 'sbom'] as const
export type AttestationKind = (typeof attestationKinds)[number]

/** Media type of a Sigstore bundle, which is also the type of the artifact that holds one. */
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** Type of the document by which an image says how it was verified. */
export const evidenceType = 'application/vnd.kiln.verification.v1+json'

/** Of the payload in a DSSE envelope. */
export const statementPayloadType = 'application/vnd.in-toto+json'

export const statementType = 'https://in-toto.io/Statement/v1'

/** What a signed statement says of its image. */
export const predicateTypes = {
  signature: 'https://sigstore.dev/cosign/sign/v1',
  provenance: 'https://slsa.dev/provenance/v1',
  sbom: 'https://cyclonedx.org/bom',
} as const satisfies Record<AttestationKind, string>

/** Annotations by which clients choose among the bundles on an image. */
export const bundleAnnotations = (predicateType: string) => ({
  'dev.sigstore.bundle.content': 'dsse-envelope',
  'dev.sigstore.bundle.predicateType': predicateType,
})

/** A statement about one image, as the in-toto attestation framework has it. */
export interface Statement<Predicate extends object = object> {
  readonly _type: typeof statementType
  readonly subject: readonly {
    readonly name?: string
    readonly digest: Readonly<Record<string, string>>
  }[]
  readonly predicateType: string
  readonly predicate: Predicate
}

/** `signing`: new signatures are by it. `verifying`: those that it made still count. `withdrawn`: they do not any more. */
export type SigningKeyState = 'signing' | 'verifying' | 'withdrawn'
