import { ApplicationFailure } from '@temporalio/common'
import type { ControlActivities, PublishRequest } from '#contract/activities.ts'
import type { AttestationKind } from '#contract/attestation.ts'
import type { Published } from '#contract/build.ts'
import { isFailureCode } from '#contract/failure.ts'
import { findBuild } from '../../records/builds.ts'
import type { Pool } from '../../records/connect.ts'
import { quarantineImage } from '../../records/quarantine.ts'
import { noteSuccess } from '../../records/registry-breaker.ts'
import { publishVersion } from '../../records/versions.ts'
import { imageSize } from '../../registry/manifest.ts'
import { failAttempt, failBuild } from './fail.ts'
import { type ReadBackDeps, readBack, repositoryOf } from './read-back.ts'
import { requireConfig } from './require-config.ts'
import { requireEvidence } from './require-evidence.ts'
import { requireStage } from './require-stage.ts'

export interface PublishDeps extends ReadBackDeps {
  readonly db: Pool
  /** What is hung on every version; nothing when absent. */
  readonly attestations?: readonly AttestationKind[]
}

/** Refusals that are about the image itself: it lies in the registry and must never get a name. */
const quarantining = new Set<string>(['digest_changed', 'evidence_mismatch', 'registry_mismatch'])

/** Lets the name point at the digest: the bytes are read back first, then the compare-and-set decides. */
export function createPublishImage(deps: PublishDeps): ControlActivities['publishImage'] {
  const { db, own } = deps
  return async (request) => {
    const { buildId, attempt, digest } = request
    await requireStage(db, { buildId, attempt, stage: 'publishing' })
    const repository = repositoryOf(own, await findBuild(db, buildId))
    const size = await readWhole(deps, request, repository)
    await noteSuccess(db, own.host, request)
    return publish(deps, request, { digest, size }, repository)
  }
}

/** @returns the size of the image once everything about it is as it was claimed, in bytes. */
async function readWhole(
  deps: PublishDeps,
  request: PublishRequest,
  repository: string,
): Promise<number> {
  const { digest, verification } = request
  const judge = async <T>(check: () => Promise<T>) =>
    check().catch(async (error: unknown) => {
      await quarantine(deps, request, { repository, error })
      throw error
    })
  await judge(async () => {
    if (verification.digest !== digest)
      throw failBuild({ code: 'digest_changed', message: 'the verified digest is another one' })
    await requireEvidence(deps.db, request)
  })
  const manifest = await readBack(deps, repository, digest)
  return judge(async () => {
    const size = imageSize(manifest.bytes)
    if (size === undefined)
      throw failBuild({ code: 'registry_mismatch', message: `${digest} is not one image` })
    await requireConfig(deps.own, repository, manifest, request)
    return size
  })
}

/** What is refused for what it is stays in the registry without a name, and people can see that, and why. */
async function quarantine(
  { db }: PublishDeps,
  { buildId, attempt, digest }: PublishRequest,
  { repository, error }: { readonly repository: string; readonly error: unknown },
): Promise<void> {
  if (!(error instanceof ApplicationFailure)) return
  const { type: code, message } = error
  if (!isFailureCode(code) || !quarantining.has(code)) return
  await quarantineImage(db, { buildId, attempt, repository, digest, failure: { code, message } })
}

async function publish(
  { db, own, attestations = [] }: PublishDeps,
  request: PublishRequest,
  published: Published,
  repository: string,
): Promise<Published> {
  const terms = { registry: `${own.host}/${repository}`, attestations }
  const answer = await publishVersion(db, request, published, terms)
  if (answer === 'cancelled')
    throw failBuild({ code: 'cancelled', message: 'cancelled before it was published' })
  if (answer === 'removed') {
    const message = 'an equal version was removed from the registry meanwhile'
    throw failAttempt({ code: 'push_failed', message })
  }
  if (answer === 'stale')
    throw failBuild({ code: 'stale_attempt', message: 'a newer attempt decides' })
  return published
}
