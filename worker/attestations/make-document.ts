import { predicateTypes, statementType } from '#contract/attestation.ts'
import { parseDigest } from '#contract/image.ts'
import type { DueAttestation } from '../../records/attestations.ts'
import type { Db } from '../../records/connect.ts'
import { findBuildRecord } from '../../records/provenance.ts'
import type { Signer } from '../signing/signer.ts'
import { describeBuild } from './describe-build.ts'
import { signImage } from './sign-image.ts'
import { signStatement } from './sign-statement.ts'

export interface MakeDeps {
  readonly db: Db
  readonly signer: Signer
  /** Of the host and the folder that the farm's images lie in. */
  readonly place: string
  readonly builderId: string
}

/** What is to be hung on a version: signed now, and to be kept as it is. */
export async function makeDocument(deps: MakeDeps, due: DueAttestation): Promise<object> {
  const { db, signer, builderId } = deps
  const name = `${deps.place}/${due.repository}`
  const digest = parseDigest(due.digest)
  if (due.kind === 'signature') return signImage(signer, { name, digest })
  const build = await findBuildRecord(db, due.buildId)
  if (build === undefined) throw new Error(`the build ${due.buildId} is not recorded`)
  return signStatement(signer, {
    _type: statementType,
    subject: [{ name, digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType: predicateTypes[due.kind],
    predicate: describeBuild(build, builderId),
  })
}
