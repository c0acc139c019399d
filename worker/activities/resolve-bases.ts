import type { ControlActivities } from '#contract/activities.ts'
import type { PinnedBase } from '#contract/build.ts'
import { type ImageReference, parseLibraryName, parseReference } from '#contract/image.ts'
import { type BaseReference, readBases } from '../../dockerfile/bases.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import { storeBases } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { findImage } from '../../records/images.ts'
import { RegistryError } from '../registry/error.ts'
import type { Location } from '../registry/registries.ts'
import { failBuild } from './fail.ts'
import { requireBuild } from './require-build.ts'

export interface ResolveDeps {
  readonly db: Db
  readonly locate: (reference: ImageReference) => Location
}

/** Pins every image that the Dockerfile names: library names first, then the registry that the reference says. */
export function createResolveBases(deps: ResolveDeps): ControlActivities['resolveBases'] {
  return async (buildId) => {
    const build = await requireBuild(deps.db, buildId)
    const { dockerfile, addedLines, buildArgs } = composeRecipe(build)
    const bases = await Promise.all(
      readBases(dockerfile, buildArgs).map((base) =>
        pin(deps, { ...base, line: Math.max(1, base.line - addedLines) }),
      ),
    )
    await storeBases(deps.db, buildId, bases)
  }
}

async function pin(deps: ResolveDeps, { reference, line }: BaseReference): Promise<PinnedBase> {
  const library = parseLibraryName(reference)
  const image = library && (await findImage(deps.db, library))
  if (image) {
    if (image.digest === null) {
      throw failBuild({
        code: 'base_not_built',
        message: `${reference} has not been built yet`,
        line,
      })
    }
    return { reference, pinned: `${image.registry}@${image.digest}` }
  }
  const parsed = parseReference(reference)
  if (parsed === undefined) {
    throw failBuild({
      code: 'base_not_found',
      message: `${reference} is not an image reference`,
      line,
    })
  }
  const { client, host, repository } = deps.locate(parsed)
  const wanted = parsed.digest ?? parsed.tag ?? 'latest'
  const manifest = await client.readManifest(repository, wanted).catch((error: unknown) => {
    throw explain(error, reference, line)
  })
  if (manifest === undefined) {
    throw failBuild({ code: 'base_not_found', message: `${reference} does not exist`, line })
  }
  return { reference, pinned: `${host}/${repository}@${parsed.digest ?? manifest.digest}` }
}

function explain(error: unknown, reference: string, line: number): Error {
  if (!(error instanceof RegistryError)) throw error
  const refused = error.status === 401 || error.status === 403
  const code = refused ? 'base_not_found' : 'base_unavailable'
  const why = refused ? 'may not be read' : 'cannot be read from its registry now'
  return failBuild({ code, message: `${reference} ${why}`, line }, error)
}
