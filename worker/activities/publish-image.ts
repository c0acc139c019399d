import type { ControlActivities, PublishRequest } from '#contract/activities.ts'
import type { Published } from '#contract/build.ts'
import type { Digest } from '#contract/image.ts'
import { findBuild } from '../../records/builds.ts'
import type { Pool } from '../../records/connect.ts'
import { isCurrent, publishVersion } from '../../records/versions.ts'
import type { Manifest } from '../registry/client.ts'
import { RegistryError } from '../registry/error.ts'
import { imageSize } from '../registry/manifest.ts'
import type { OwnRegistry } from '../registry/registries.ts'
import { failBuild } from './fail.ts'

export interface PublishDeps {
  readonly db: Pool
  readonly own: OwnRegistry
}

/**
 * Lets the name point at the digest, in an order that can stop anywhere: the bytes are read back first, then the
 * compare-and-set decides, and only what it has decided is tagged.
 */
export function createPublishImage(deps: PublishDeps): ControlActivities['publishImage'] {
  return async (request) => {
    const { digest, buildId } = request
    if (request.verification.digest !== digest) {
      throw failBuild({ code: 'digest_changed', message: 'the verified digest is another one' })
    }
    const build = await findBuild(deps.db, buildId)
    const repository = `${deps.own.prefix}/${build?.repository ?? ''}`
    try {
      const manifest = await readBack(deps.own, repository, digest)
      const size = imageSize(manifest.bytes)
      if (size === undefined) throw mismatch(`${digest} is not the manifest of one image`)
      const published = { digest, size }
      const { version, tag } = await compareAndSet(deps, request, published, repository)
      await tagManifest(deps, { buildId, repository, tags: [`${tag}-v${version}`, tag] }, manifest)
      return published
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error
      throw failBuild(
        { code: 'push_failed', message: `the registry failed to ${error.operation}` },
        error,
      )
    }
  }
}

async function readBack(own: OwnRegistry, repository: string, digest: Digest): Promise<Manifest> {
  const manifest = await own.client.readManifest(repository, digest)
  if (manifest === undefined) throw mismatch(`the registry has no ${digest}`)
  if (manifest.digest !== digest) throw mismatch(`the registry serves other bytes for ${digest}`)
  return manifest
}

function mismatch(message: string) {
  return failBuild({ code: 'registry_mismatch', message })
}

async function compareAndSet(
  { db, own }: PublishDeps,
  request: PublishRequest,
  published: Published,
  repository: string,
) {
  const answer = await publishVersion(db, request, published, `${own.host}/${repository}`)
  if (answer.kind === 'published') return answer
  if (answer.kind === 'cancelled') {
    throw failBuild({ code: 'cancelled', message: 'cancelled before it was published' })
  }
  throw failBuild({ code: 'stale_attempt', message: 'a newer attempt decides' })
}

/** Both tags are written again on a retry. The moving one is left alone when a newer version has taken the name. */
async function tagManifest(
  { db, own }: PublishDeps,
  {
    buildId,
    repository,
    tags,
  }: { buildId: string; repository: string; tags: readonly [string, string] },
  manifest: Manifest,
): Promise<void> {
  const [fixed, moving] = tags
  await own.client.writeManifest(repository, fixed, manifest)
  if (await isCurrent(db, buildId)) await own.client.writeManifest(repository, moving, manifest)
}
