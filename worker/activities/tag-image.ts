import type { ControlActivities } from '#contract/activities.ts'
import { findVersion } from '../../records/versions.ts'
import type { PublishDeps } from './publish-image.ts'
import { explainRegistry, readBack, repositoryOf } from './read-back.ts'

/**
 * Tags a published version: one tag that stays with it, and the name's own, which is left alone when a newer version
 * has taken the name. Both are written again on a retry.
 */
export function createTagImage({ db, own }: PublishDeps): ControlActivities['tagImage'] {
  return async (buildId, digest) => {
    const version = await findVersion(db, buildId)
    if (version === undefined) return
    const repository = repositoryOf(own, version)
    const manifest = await readBack(own, repository, digest)
    const tags = [`${version.tag}-v${version.number}`, ...(version.current ? [version.tag] : [])]
    try {
      await Promise.all(
        tags.map(async (tag) => own.client.writeManifest(repository, tag, manifest)),
      )
    } catch (error) {
      throw explainRegistry(error)
    }
  }
}
