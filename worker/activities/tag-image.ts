import type { ControlActivities } from '#contract/activities.ts'
import { findVersion } from '../../records/versions.ts'
import { type TagDeps, tagName } from '../moves/tag-name.ts'
import { writeOnce } from '../../registry/write-once.ts'
import { explainRegistry, type ReadBackDeps, readBack, repositoryOf } from './read-back.ts'

/** Tags a published version for good, and its name with whatever it points at by now. Both are repeated on a retry. */
export function createTagImage(deps: TagDeps & ReadBackDeps): ControlActivities['tagImage'] {
  const { db, own } = deps
  return async (buildId, digest) => {
    const version = await findVersion(db, buildId)
    if (version === undefined) return
    const repository = repositoryOf(own, version)
    const manifest = await readBack(deps, repository, digest)
    try {
      await Promise.all([
        writeOnce(own.client, repository, `${version.tag}-v${version.number}`, manifest),
        tagName(deps, version.imageId, manifest),
      ])
    } catch (error) {
      throw explainRegistry(error)
    }
  }
}
