import type { PackageKind, PackageLists } from '#contract/packages.ts'
import { readAptPackage } from './read-apt-package.ts'
import { readCondaChannel, readCondaPackage } from './read-conda-package.ts'
import { readRequirement } from './read-requirement.ts'
import type { Reading } from './reading.ts'

export interface ItemProblem {
  /** Such as `packages.apt[3]`. */
  readonly field: string
  readonly message: string
}

const readers: Readonly<Record<PackageKind, (text: string) => Reading>> = {
  apt: readAptPackage,
  pip: readRequirement,
  conda: readCondaPackage,
}

/**
 * Lists in the one form in which they mean what they mean: each item once, in order, so that the same packages make the same
 * files. Channels keep their order, which says who goes first. `problems` names each item that is refused. Pure.
 */
export function normaliseLists(lists: PackageLists): {
  readonly lists: PackageLists
  readonly problems: readonly ItemProblem[]
} {
  const problems: ItemProblem[] = []
  const read = (name: keyof PackageLists, reader: (text: string) => Reading) =>
    lists[name].flatMap((text, index) => {
      const reading = reader(text)
      if ('item' in reading) return [reading.item]
      problems.push({ field: `packages.${name}[${index}]`, message: reading.problem })
      return []
    })
  const sorted = (kind: PackageKind) => [...new Set(read(kind, readers[kind]))].toSorted()
  const normal = {
    apt: sorted('apt'),
    pip: sorted('pip'),
    conda: sorted('conda'),
    conda_channels: [...new Set(read('conda_channels', readCondaChannel))],
  }
  if (normal.conda_channels.length > 0 && lists.conda.length === 0) {
    const message = 'channels without packages of conda'
    problems.push({ field: 'packages.conda_channels', message })
  }
  return { lists: normal, problems }
}
