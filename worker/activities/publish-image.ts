import type { ControlActivities } from '#contract/activities.ts'
import type { AttestationKind } from '#contract/attestation.ts'
import { findBuild } from '../../records/builds.ts'
import type { Pool } from '../../records/connect.ts'
import { publishVersion } from '../../records/versions.ts'
import { imageSize } from '../registry/manifest.ts'
import type { OwnRegistry } from '../registry/registries.ts'
import { failBuild } from './fail.ts'
import { readBack, repositoryOf } from './read-back.ts'
import { requireEvidence } from './require-evidence.ts'
import { requireStage } from './require-stage.ts'

export interface PublishDeps {
  readonly db: Pool
  readonly own: OwnRegistry
  /** What is hung on every version; nothing when absent. */
  readonly attestations?: readonly AttestationKind[]
}

/** Lets the name point at the digest: the bytes are read back first, then the compare-and-set decides. */
export function createPublishImage({
  db,
  own,
  attestations = [],
}: PublishDeps): ControlActivities['publishImage'] {
  return async (request) => {
    const { digest, buildId, attempt } = request
    if (request.verification.digest !== digest) {
      throw failBuild({ code: 'digest_changed', message: 'the verified digest is another one' })
    }
    await requireStage(db, { buildId, attempt, stage: 'publishing' })
    await requireEvidence(db, request)
    const repository = repositoryOf(own, await findBuild(db, buildId))
    const manifest = await readBack(own, repository, digest)
    const size = imageSize(manifest.bytes)
    if (size === undefined) {
      throw failBuild({ code: 'registry_mismatch', message: `${digest} is not one image` })
    }
    const published = { digest, size }
    const terms = { registry: `${own.host}/${repository}`, attestations }
    const answer = await publishVersion(db, request, published, terms)
    if (answer === 'cancelled') {
      throw failBuild({ code: 'cancelled', message: 'cancelled before it was published' })
    }
    if (answer === 'removed') {
      const message = 'an equal version was removed from the registry meanwhile'
      throw failBuild({ code: 'push_failed', message })
    }
    if (answer === 'stale') {
      throw failBuild({ code: 'stale_attempt', message: 'a newer attempt decides' })
    }
    return published
  }
}
