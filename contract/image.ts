declare const digestBrand: unique symbol

/** `sha256:` and 64 hex digits. */
export type Digest = string & { readonly [digestBrand]: true }

const digestPattern = /^sha256:[0-9a-f]{64}$/

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && digestPattern.test(value)
}

/** @throws RangeError when the text is not a sha256 digest. */
export function parseDigest(value: string): Digest {
  if (!isDigest(value)) throw new RangeError(`not a sha256 digest: ${value.slice(0, 80)}`)
  return value
}

/** A library name split as the registry wants it. `app` means the tag `latest`. */
export interface LibraryName {
  readonly repository: string
  readonly tag: string
}

// Grammar of the OCI distribution specification, section "pulling manifests".
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const tag = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}'
// Shorter than the grammar's 128: the tag of a version adds its number.
const libraryTag = '[A-Za-z0-9_][A-Za-z0-9._-]{0,115}'
const libraryPattern = new RegExp(`^(${component}(?:/${component})*)(?::(${libraryTag}))?$`)
const referencePattern = new RegExp(
  `^(?:((?:[a-zA-Z0-9-]+\\.)+[a-zA-Z0-9-]+(?::\\d+)?|[a-zA-Z0-9-]+:\\d+|localhost)/)?(${component}(?:/${component})*)(?::(${tag}))?(?:@(sha256:[0-9a-f]{64}))?$`,
)

/** The longest name that the table `images` and a registry path both take. */
export const maxNameLength = 256

/** The folder of the registry in which caches lie. No name of the library may lead there. */
export const cacheFolder = 'cache'

/** The tag that the third version of `app:1.0` has in the registry is `1.0-v3`. No name of the library may be written so. */
const versionTag = /-v\d+$/

/**
 * `undefined` when the name breaks the grammar, is longer than 256 characters, is in the folder of the caches, or has the
 * tag of a version.
 */
export function parseLibraryName(name: string): LibraryName | undefined {
  const match = name.length <= maxNameLength ? libraryPattern.exec(name) : null
  const [, repository, libraryTagName = 'latest'] = match ?? []
  if (repository === undefined || repository.split('/')[0] === cacheFolder) return undefined
  return versionTag.test(libraryTagName) ? undefined : { repository, tag: libraryTagName }
}

/** An image reference as it stands after FROM. */
export interface ImageReference {
  /** Host with port; `undefined` when the reference names none. */
  readonly registry: string | undefined
  readonly repository: string
  readonly tag: string | undefined
  readonly digest: Digest | undefined
}

export function parseReference(text: string): ImageReference | undefined {
  const match = referencePattern.exec(text)
  if (match?.[2] === undefined) return undefined
  const [, registry, repository, tagName, digest] = match
  return { registry, repository, tag: tagName, digest: isDigest(digest) ? digest : undefined }
}

/** The form in which a builder looks a reference up: without the default registry, its folder and the tag `latest`. */
export function familiarName(reference: string): string {
  const parsed = parseReference(reference)
  const local = parsed?.registry === undefined || parsed.registry === 'docker.io'
  const short = local ? reference.replace(/^docker\.io\//, '').replace(/^library\//, '') : reference
  return short.replace(/:latest$/, '')
}

/** A reference with everything that goes without saying: the default registry, its folder and the tag `latest`. */
export function wholeName(reference: string): string {
  const { registry = 'docker.io', repository, tag: name, digest } = parseReference(reference) ?? {}
  if (repository === undefined) return reference
  const path =
    registry === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository
  const tagged = name ?? (digest === undefined ? 'latest' : undefined)
  return [
    `${registry}/${path}`,
    ...(tagged === undefined ? [] : [`:${tagged}`]),
    ...(digest === undefined ? [] : [`@${digest}`]),
  ].join('')
}

/** The digest of a pinned reference, `host/repository@sha256:…`, also of one that still has its tag. */
export function digestOfPinned(pinned: string): string {
  return pinned.slice(pinned.indexOf('@') + 1)
}

/** Where a pinned reference lies: all before its digest, such as `host/repository`. */
export function placeOfPinned(pinned: string): string {
  return pinned.replace(/@.*$/, '')
}
