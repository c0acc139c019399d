import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { PackageURL } from 'packageurl-js'
import { z } from 'zod'
import type { Digest } from '#contract/image.ts'
import type { ImagePackage, ImagePackages } from '#contract/image-packages.ts'
import type { FoundPackages } from '../../records/image-packages.ts'

/**
 * The packages of an image as a CycloneDX document, which says whether the worker has read them or only a node has told
 * them. The same packages give the same document: it has no time and no serial number. Pure.
 */
export function listComponents(
  { name, digest }: { readonly name: string; readonly digest: Digest },
  { packages: found, readBy }: FoundPackages,
): object {
  const { packages, os, unread, truncated } = found
  const image = new Models.Component(Enums.ComponentType.Container, name, {
    version: digest,
    bomRef: 'image',
  })
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: image }) })
  for (const [index, one] of packages.entries()) bom.components.add(component(one, os, index))
  image.properties.add(new Models.Property('kiln:packages-read-by', readBy))
  const missing = [...unread.map((kind) => `${kind} packages`), ...(truncated ? ['the rest'] : [])]
  for (const what of missing) {
    image.properties.add(new Models.Property('kiln:not-listed', what))
  }
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)
  const text = new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true })
  return z.looseObject({}).parse(JSON.parse(text))
}

function component(one: ImagePackage, os: ImagePackages['os'], index: number): Models.Component {
  const { kind, name, version, place } = one
  const made = new Models.Component(Enums.ComponentType.Library, name, {
    version,
    bomRef: `package-${index}`,
    purl: addressOf(one, os).toString(),
  })
  if (place !== undefined) made.properties.add(new Models.Property('kiln:place', place))
  made.properties.add(new Models.Property('kiln:kind', kind))
  return made
}

/** Source: the package URL specification, "types". */
function addressOf({ kind, name, version, arch, source }: ImagePackage, os: ImagePackages['os']) {
  const type = kind === 'python' ? 'pypi' : kind
  const namespace = kind === 'deb' || kind === 'apk' ? os?.id : undefined
  const known = kind === 'python' ? name.replaceAll('_', '-') : name
  const distro = namespace && os?.version ? `${namespace}-${os.version}` : undefined
  const qualifiers = {
    ...(arch !== undefined && { arch }),
    ...(distro !== undefined && { distro }),
    ...(source !== undefined && { upstream: source }),
  }
  return new PackageURL(type, namespace, known, version || undefined, qualifiers, undefined)
}
