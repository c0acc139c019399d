import { predicateTypes, statementType } from '#contract/attestation.ts'
import { type Digest, parseDigest } from '#contract/image.ts'
import type { DueAttestation } from '../../records/attestations.ts'
import type { Db } from '../../records/connect.ts'
import { findPackages } from '../../records/image-packages.ts'
import { findBuildRecord } from '../../records/provenance.ts'
import type { Signer } from '../signing/signer.ts'
import { describeBuild } from './describe-build.ts'
import { listComponents } from './list-components.ts'
import { signImage } from './sign-image.ts'
import { signStatement } from './sign-statement.ts'

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

/** What is to be hung on a version: signed now, and to be kept as it is. @throws NotYet */
export async function makeDocument(deps: MakeDeps, due: DueAttestation): Promise<object> {
  const image = { name: `${deps.place}/${due.repository}`, digest: parseDigest(due.digest) }
  if (due.kind === 'signature') return signImage(deps.signer, image)
  return signStatement(deps.signer, {
    _type: statementType,
    subject: [{ name: image.name, digest: { sha256: image.digest.slice('sha256:'.length) } }],
    predicateType: predicateTypes[due.kind],
    predicate: await predicateOf(deps, due, image),
  })
}

async function predicateOf(
  { db, builderId }: MakeDeps,
  { kind, buildId }: DueAttestation,
  image: { readonly name: string; readonly digest: Digest },
): Promise<object> {
  if (kind === 'sbom') {
    const found = await findPackages(db, image.digest)
    if (found === undefined) throw new NotYet('the packages of the image have not been read yet')
    return listComponents(image, found)
  }
  const build = await findBuildRecord(db, buildId)
  if (build === undefined) throw new Error(`the build ${buildId} is not recorded`)
  return describeBuild(build, builderId)
}
