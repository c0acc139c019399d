import type { ItemProblem, ListedItem, ReadFile } from '../listed-item.ts'
import { isTable, lineOf, readToml } from './read-toml.ts'

const field = 'packages.pyproject'

/** The dependencies of a pyproject.toml (PEP 621), without its groups and optional ones. Pure. */
export function readProjectFile(text: string): ReadFile {
  const file = readToml(text, field)
  if ('problems' in file) return file
  const { project } = file.table
  const listed = isTable(project) ? project['dependencies'] : undefined
  if (!Array.isArray(listed)) {
    const message = 'has no dependencies in [project]'
    return { items: [], problems: [{ field, message }] }
  }
  const items: ListedItem[] = []
  const problems: ItemProblem[] = []
  for (const one of listed) {
    if (typeof one === 'string') {
      items.push({ list: 'pip', text: one, field, line: lineOf(text, one) })
    } else problems.push({ field, message: 'has a dependency that is no text' })
  }
  return { items, problems }
}
