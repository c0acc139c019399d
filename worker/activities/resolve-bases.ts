import { readBases } from '../../dockerfile/bases.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import { storeBases } from '../../records/builds.ts'
import { type PinDeps, pinImage } from './pin-image.ts'
import { requireBuild } from './require-build.ts'

/** Pins every image that the Dockerfile names. */
export function createResolveBases(deps: PinDeps): (buildId: string) => Promise<void> {
  return async (buildId) => {
    const build = await requireBuild(deps.db, buildId)
    const { dockerfile, addedLines, buildArgs } = composeRecipe(build)
    const given = Object.keys(build.sources.named)
    const bases = await Promise.all(
      readBases(dockerfile, buildArgs, given).map(async ({ reference, line: found }) => {
        const line = Math.max(1, found - addedLines)
        const pinned = await pinImage(deps, build.project_id, { reference, line })
        return { reference, pinned }
      }),
    )
    await storeBases(deps.db, buildId, bases)
  }
}
