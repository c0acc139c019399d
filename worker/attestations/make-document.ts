import { predicateTypes } from '#contract/attestation.ts'
import { type Digest, parseDigest } from '#contract/image.ts'
import { type DueAttestation, findSigned } from '../../records/attestations.ts'
import type { Db } from '../../records/connect.ts'
import { findPackages } from '../../records/image-packages.ts'
import { findBuildRecord } from '../../records/provenance.ts'
import type { Signer } from '../signing/signer.ts'
import { describeBuild } from './describe-build.ts'
import { listComponents } from './list-components.ts'
import { says } from './says.ts'
import { signImage } from './sign-image.ts'
import { signStatement } from './sign-statement.ts'
import { stateOf } from './state-of.ts'

export interface MakeDeps {
  readonly db: Db
  readonly signer: Signer
  /** Host and folder that the farm's images lie in. */
  readonly place: string
  readonly builderId: string
}

/** What is to be made of what is not known yet. */
export class NotYet extends Error {
  override readonly name = 'NotYet'
}

/**
 * What is to be hung on a version, to be kept as it is. What was signed before for the same bytes under the same name, with
 * the same key, and would say the same is not signed again: each signature would stay on the image beside the others.
 * @throws NotYet
 */
export async function makeDocument(deps: MakeDeps, due: DueAttestation): Promise<object> {
  const { db, signer, place } = deps
  const image = { name: `${place}/${due.repository}`, digest: parseDigest(due.digest) }
  const predicateType = predicateTypes[due.kind]
  const statement = stateOf(image, predicateType, await predicateOf(deps, due, image))
  const signed = await findSigned(db, due, signer.keyId)
  if (signed !== undefined && says(signed, statement)) return signed
  return due.kind === 'signature' ? signImage(signer, image) : signStatement(signer, statement)
}

async function predicateOf(
  { db, builderId }: MakeDeps,
  { kind, buildId }: DueAttestation,
  image: { readonly name: string; readonly digest: Digest },
): Promise<object> {
  if (kind === 'signature') return {}
  if (kind === 'sbom') {
    const found = await findPackages(db, image.digest)
    if (found === undefined) throw new NotYet('the packages of the image have not been read yet')
    return listComponents(image, found)
  }
  const build = await findBuildRecord(db, buildId)
  if (build === undefined) throw new Error(`the build ${buildId} is not recorded`)
  return describeBuild(build, builderId)
}
