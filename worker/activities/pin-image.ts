import { type ImageReference, parseLibraryName, parseReference } from '#contract/image.ts'
import type { Pool } from '../../records/connect.ts'
import { findReadable, mayReadAt } from '../../records/images.ts'
import { RegistryError } from '../../registry/error.ts'
import type { Location } from '../../registry/registries.ts'
import { failBuild } from './fail.ts'

export interface PinDeps {
  readonly db: Pool
  readonly locate: (reference: ImageReference) => Location
}

/** A reference of a build, and its line in the Dockerfile where it has one. */
export interface Reference {
  readonly reference: string
  readonly line?: number
}

/**
 * Where the bytes of an image are, by digest: library names first, then the registry that the reference says. Of the
 * farm's own images a build reads those of its project and public ones; all others do not exist for it.
 */
export async function pinImage(
  deps: PinDeps,
  projectId: number,
  image: Reference,
): Promise<string> {
  return (await pinLibrary(deps, projectId, image)) ?? (await pinRemote(deps, projectId, image))
}

/** `undefined` when the reference is no name of the library that this project may read. */
async function pinLibrary(
  { db }: PinDeps,
  projectId: number,
  { reference, line }: Reference,
): Promise<string | undefined> {
  const name = parseLibraryName(reference)
  const image = name && (await findReadable(db, projectId, name))
  if (image === undefined) return undefined
  if (image.digest === null) {
    const message = `${reference} has not been built yet`
    throw failBuild({ code: 'base_not_built', message, ...at(line) })
  }
  return `${image.registry}@${image.digest}`
}

async function pinRemote(
  { db, locate }: PinDeps,
  projectId: number,
  { reference, line }: Reference,
): Promise<string> {
  const missing = (why: string) =>
    failBuild({ code: 'base_not_found', message: `${reference} ${why}`, ...at(line) })
  const parsed = parseReference(reference)
  if (parsed === undefined) throw missing('is not an image reference')
  const location = locate(parsed)
  if (!(await mayReadAt(db, projectId, location, parsed))) throw missing('does not exist')
  const { client, host, repository } = location
  const wanted = parsed.digest ?? parsed.tag ?? 'latest'
  const manifest = await client.readManifest(repository, wanted).catch((error: unknown) => {
    throw explain(error, reference, line)
  })
  if (manifest === undefined) throw missing('does not exist')
  return `${host}/${repository}@${parsed.digest ?? manifest.digest}`
}

function explain(error: unknown, reference: string, line: number | undefined): Error {
  if (!(error instanceof RegistryError)) throw error
  const refused = error.status === 401 || error.status === 403
  const code = refused ? 'base_not_found' : 'base_unavailable'
  const why = refused ? 'may not be read' : 'cannot be read from its registry now'
  return failBuild({ code, message: `${reference} ${why}`, ...at(line) }, error)
}

function at(line: number | undefined) {
  return line === undefined ? {} : { line }
}
