import type { ControlActivities } from '#contract/activities.ts'
import type { PinnedBase } from '#contract/build.ts'
import { type ImageReference, parseLibraryName, parseReference } from '#contract/image.ts'
import { type BaseReference, readBases } from '../../dockerfile/bases.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import { storeBases } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { findImage, mayRead } from '../../records/images.ts'
import { RegistryError } from '../registry/error.ts'
import type { Location } from '../registry/registries.ts'
import { failBuild } from './fail.ts'
import { requireBuild } from './require-build.ts'

export interface ResolveDeps {
  readonly db: Db
  readonly locate: (reference: ImageReference) => Location
}

/**
 * Pins every image that the Dockerfile names: library names first, then the registry that the reference says. Of the
 * farm's own images a build reads those of its project and public ones; all others do not exist for it.
 */
export function createResolveBases(deps: ResolveDeps): ControlActivities['resolveBases'] {
  return async (buildId) => {
    const build = await requireBuild(deps.db, buildId)
    const { dockerfile, addedLines, buildArgs } = composeRecipe(build)
    const bases = await Promise.all(
      readBases(dockerfile, buildArgs).map((base) =>
        pin(deps, build.project_id, { ...base, line: Math.max(1, base.line - addedLines) }),
      ),
    )
    await storeBases(deps.db, buildId, bases)
  }
}

async function pin(deps: ResolveDeps, projectId: number, base: BaseReference): Promise<PinnedBase> {
  const pinned =
    (await pinLibrary(deps, projectId, base)) ?? (await pinRemote(deps, projectId, base))
  return { reference: base.reference, pinned }
}

/** `undefined` when the reference is no name of the library that this project may read. */
async function pinLibrary(
  { db }: ResolveDeps,
  projectId: number,
  { reference, line }: BaseReference,
): Promise<string | undefined> {
  const name = parseLibraryName(reference)
  const image = name && (await findImage(db, name))
  if (!image || !(await mayRead(db, projectId, image.repository))) return undefined
  if (image.digest === null) {
    const message = `${reference} has not been built yet`
    throw failBuild({ code: 'base_not_built', message, line })
  }
  return `${image.registry}@${image.digest}`
}

async function pinRemote(
  { db, locate }: ResolveDeps,
  projectId: number,
  { reference, line }: BaseReference,
): Promise<string> {
  const missing = (why: string) =>
    failBuild({ code: 'base_not_found', message: `${reference} ${why}`, line })
  const parsed = parseReference(reference)
  if (parsed === undefined) throw missing('is not an image reference')
  const { client, host, repository, library } = locate(parsed)
  if (library !== undefined && !(await mayRead(db, projectId, library))) {
    throw missing('does not exist')
  }
  const wanted = parsed.digest ?? parsed.tag ?? 'latest'
  const manifest = await client.readManifest(repository, wanted).catch((error: unknown) => {
    throw explain(error, reference, line)
  })
  if (manifest === undefined) throw missing('does not exist')
  return `${host}/${repository}@${parsed.digest ?? manifest.digest}`
}

function explain(error: unknown, reference: string, line: number): Error {
  if (!(error instanceof RegistryError)) throw error
  const refused = error.status === 401 || error.status === 403
  const code = refused ? 'base_not_found' : 'base_unavailable'
  const why = refused ? 'may not be read' : 'cannot be read from its registry now'
  return failBuild({ code, message: `${reference} ${why}`, line }, error)
}
