import { createHash } from 'node:crypto'
import { type ImageReference, parseLibraryName, parseReference } from '#contract/image.ts'
import type { Db } from '../../records/connect.ts'
import { readContents } from '../../records/contents.ts'
import { findReadable, mayReadAt } from '../../records/images.ts'
import { choosePlatform } from '../../registry/choose-platform.ts'
import { describeImage } from '../../registry/describe-image.ts'
import { RegistryError } from '../../registry/error.ts'
import type { Location } from '../../registry/registries.ts'
import type { PackageBase } from '../../packages/compose-dockerfile.ts'
import { Refusal, refuseField } from '../refusal.ts'

export interface BaseDeps {
  /** The whole farm: the base may be an image of another project that this one may read. */
  readonly farm: Db
  readonly locate: (reference: ImageReference) => Location
}

interface Project {
  readonly id: number
  readonly name: string
}

interface Wanted {
  readonly reference: string
  readonly platform: string
}

export interface KnownBase extends PackageBase {
  /** Registry, repository and digest. */
  readonly pinned: string
  /** Of its image for the platform. */
  readonly digest: string
}

/** Names and numbers of users as images write them. More would not fit an instruction. */
const user = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?)?$/

/**
 * What the base of a package list is now: library names first, then the registry that the reference names, as builds read
 * them. @throws Refusal that names the field when it cannot be read, or is no base for this.
 */
export async function readBase(
  deps: BaseDeps,
  project: Project,
  wanted: Wanted,
): Promise<KnownBase> {
  const { host, repository, client, digest } = await find(deps, project, wanted.reference)
  try {
    const manifest = await client.readManifest(repository, digest)
    if (manifest === undefined) throw refuse('does not exist')
    const image = choosePlatform(manifest.bytes, wanted.platform) ?? manifest.digest
    const known = (await readContents(deps.farm, [image])).get(image)
    const config = (known ?? (await describeImage(client, repository, image)))?.config
    if (config === undefined) throw refuse(`is no image for ${wanted.platform}`)
    if (!user.test(config.user)) throw refuse('its USER is none that a Dockerfile can write')
    return {
      name: wanted.reference,
      pinned: `${host}/${repository}@${manifest.digest}`,
      digest: image,
      user: config.user,
      // Of the digest, not of the release that it says it is: that is read later, and the step would be another then.
      cacheScope: hash([project.name, image]),
    }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    if (error.status === 401 || error.status === 403) throw refuse('may not be read')
    throw new Refusal('registry_unavailable', 'the registry of the base does not answer')
  }
}

async function find({ farm, locate }: BaseDeps, project: Project, reference: string) {
  const name = parseLibraryName(reference)
  const image = name && (await findReadable(farm, project.id, name))
  if (image !== undefined) {
    if (image.digest === null) throw refuse('has not been built yet')
    const own = parseReference(image.registry)
    if (own === undefined) throw new Error(`image ${image.id} lies nowhere`)
    return { ...locate(own), digest: image.digest }
  }
  const parsed = parseReference(reference)
  if (parsed === undefined) throw refuse('is not an image reference')
  const location = locate(parsed)
  if (!(await mayReadAt(farm, project.id, location, parsed))) throw refuse('does not exist')
  return { ...location, digest: parsed.digest ?? parsed.tag ?? 'latest' }
}

function refuse(why: string): Refusal {
  return refuseField('base_unreadable', 'base_image', why)
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}
