import type { ImagePackage, ImagePackages } from '#contract/image-packages.ts'
import type { PackageLists } from '#contract/packages.ts'
import { readAptPackage } from './read-apt-package.ts'
import { readCondaPackage } from './read-conda-package.ts'
import { normalName, readRequirement } from './read-requirement.ts'
import type { Reading } from './reading.ts'

export interface PackageLock {
  /** Each package at the version that is in the image. */
  readonly lists: PackageLists
  /** Packages that no list can name, such as one that is there in two versions. */
  readonly omitted: number
}

/** Where Debian puts the Python packages of its own packages. */
const ofDebian = /^\/usr\/lib\/python3[^/]*\/dist-packages$/

/**
 * What an image has that its base has not, as lists that make the same again on that base; all that it has when the base is
 * not known. Pure.
 */
export function makeLock(image: ImagePackages, base: ImagePackages | undefined): PackageLock {
  const known = new Set(base?.packages.map(keyOf))
  const added = image.packages.filter((one) => !known.has(keyOf(one)))
  const inConda = new Set(
    image.packages.flatMap(({ kind, name }) => (kind === 'conda' ? normalName(name) : [])),
  )
  const lists = {
    apt: pin(ofKind(added, 'deb'), ({ name, version }) => readAptPackage(`${name}=${version}`)),
    pip: pin(
      ofKind(added, 'python').filter(
        ({ name, place = '' }) => !ofDebian.test(place) && !inConda.has(normalName(name)),
      ),
      ({ name, version }) => readRequirement(`${name}==${version}`),
    ),
    conda: pin(ofKind(added, 'conda'), ({ name, version }) =>
      readCondaPackage(`${name}==${version}`),
    ),
  }
  return {
    lists: {
      apt: lists.apt.items,
      pip: lists.pip.items,
      pip_constraints: [],
      conda: lists.conda.items,
      conda_channels: [],
    },
    omitted: lists.apt.omitted + lists.pip.omitted + lists.conda.omitted,
  }
}

function ofKind(packages: readonly ImagePackage[], kind: ImagePackage['kind']) {
  return packages.filter((one) => one.kind === kind)
}

function keyOf({ kind, name, version, arch = '', place = '' }: ImagePackage): string {
  return [kind, name, version, arch, place].join('\0')
}

function pin(packages: readonly ImagePackage[], read: (one: ImagePackage) => Reading) {
  const byName = Map.groupBy(packages, ({ name }) => name)
  const readings = [...byName.values()].map((same): Reading => {
    const [first] = same
    const versions = new Set(same.map(({ version }) => version))
    return first === undefined || versions.size > 1 ? { problem: 'several' } : read(first)
  })
  const items = readings.flatMap((one) => ('item' in one ? [one.item] : []))
  return { items: items.toSorted(), omitted: readings.length - items.length }
}
