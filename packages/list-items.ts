import type { SubmittedPackages } from '#contract/packages.ts'
import { readEnvironmentFile } from './files/read-environment-file.ts'
import { readLockFile } from './files/read-lock-file.ts'
import { readProjectFile } from './files/read-project-file.ts'
import { readRequirementsFile } from './files/read-requirements-file.ts'
import type { ReadFile } from './listed-item.ts'

const lists = ['apt', 'pip', 'conda', 'conda_channels'] as const

const readers = {
  requirements: readRequirementsFile,
  environment: readEnvironmentFile,
  pyproject: readProjectFile,
  lock: readLockFile,
} as const satisfies Partial<Record<keyof SubmittedPackages, (text: string) => ReadFile>>

type FileName = keyof typeof readers

const files: readonly FileName[] = ['requirements', 'environment', 'pyproject', 'lock']

/** Everything that was submitted, in whatever form, with its place. Pure. */
export function listItems(submitted: SubmittedPackages): ReadFile {
  const items = lists.flatMap((list) =>
    submitted[list].map((text, index) => ({ list, text, field: `packages.${list}[${index}]` })),
  )
  const read = files.flatMap((name) => {
    const text = submitted[name]
    return text === undefined ? [] : [readers[name](text)]
  })
  return {
    items: [...items, ...read.flatMap((file) => file.items)],
    problems: read.flatMap(({ problems }) => problems),
  }
}
