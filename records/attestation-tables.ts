import type { Generated } from 'kysely'
import type { AttestationKind, SigningKeyState } from '#contract/attestation.ts'
import type { ImagePackages, PackagesReader } from '#contract/image-packages.ts'
import type { Json, OptionalJson, OptionalText, Time } from './columns.ts'

/** What is hung on a version in the registry, one row a kind. */
export interface AttestationTable {
  version_id: number
  kind: AttestationKind
  /** Absent where nothing is signed. */
  key_id: OptionalText<string>
  /** As it is hung there; absent until it is made, and never changed. */
  document: OptionalJson<object>
  /** Digest of the manifest by which it hangs on the image. */
  manifest: OptionalText<string>
  problem: OptionalText<string>
  tries: Generated<number>
  next_try_at: Time
  created_at: Time
}

export interface SigningKeyTable {
  /** SHA-256 of the public key in DER, in hex. */
  id: string
  /** PEM. */
  public_key: string
  state: SigningKeyState
  created_at: Time
  changed_at: Time
}

/** Of those digests whose layers have been read. */
export interface ImagePackagesTable {
  digest: string
  packages: Json<ImagePackages>
  read_by: PackagesReader
  /** Version of the analysis that found them. */
  analysis: number
  created_at: Time
}
