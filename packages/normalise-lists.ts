import { maxListed } from '#contract/package-limits.ts'
import type { PackageLists, SubmittedPackages } from '#contract/packages.ts'
import { listItems } from './list-items.ts'
import type { ItemProblem } from './listed-item.ts'
import { readAptPackage } from './read-apt-package.ts'
import { readCondaChannel, readCondaPackage } from './read-conda-package.ts'
import { readRequirement } from './read-requirement.ts'
import type { Reading } from './reading.ts'

type List = keyof PackageLists

const readers: Readonly<Record<List, (text: string) => Reading>> = {
  apt: readAptPackage,
  pip: readRequirement,
  pip_constraints: readRequirement,
  conda: readCondaPackage,
  conda_channels: readCondaChannel,
}

/**
 * Lists in the one form in which they mean what they mean: each item once, in order, so that the same packages make the same
 * files. Channels keep their order, which says who goes first. `problems` names each item that is refused. Pure.
 */
export function normaliseLists(submitted: SubmittedPackages): {
  readonly lists: PackageLists
  readonly problems: readonly ItemProblem[]
} {
  const listed = listItems(submitted)
  const problems: ItemProblem[] = [...listed.problems]
  const found: Record<List, Set<string>> = {
    apt: new Set(),
    pip: new Set(),
    pip_constraints: new Set(),
    conda: new Set(),
    conda_channels: new Set(),
  }
  for (const { list, text, ...place } of listed.items) {
    const reading = readers[list](text)
    if ('item' in reading) found[list].add(reading.item)
    else problems.push({ ...place, message: reading.problem })
  }
  if (problems.length > 0) return { lists: none, problems }
  const lists = {
    apt: sort(found.apt),
    pip: sort(found.pip),
    pip_constraints: sort(found.pip_constraints),
    conda: sort(found.conda),
    conda_channels: [...found.conda_channels],
  }
  return { lists, problems: checkTogether(lists) }
}

const none: PackageLists = { apt: [], pip: [], pip_constraints: [], conda: [], conda_channels: [] }

function sort(items: ReadonlySet<string>): readonly string[] {
  return [...items].toSorted()
}

function checkTogether(lists: PackageLists): readonly ItemProblem[] {
  const { apt, pip, pip_constraints: constraints, conda, conda_channels: channels } = lists
  const tooLong = Object.entries(lists).filter(([, items]) => items.length > maxListed)
  const problems = tooLong.map(([list]) => ({
    field: `packages.${list}`,
    message: `at most ${maxListed} are taken`,
  }))
  if (apt.length + pip.length + conda.length === 0) {
    const message =
      constraints.length > 0 ? 'names versions only: say what is installed' : 'are none'
    return [...problems, { field: constraints.length > 0 ? 'packages.lock' : 'packages', message }]
  }
  if (channels.length === 0 || conda.length > 0) return problems
  const message = 'channels without packages of conda'
  return [...problems, { field: 'packages.conda_channels', message }]
}
