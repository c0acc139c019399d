import type { ListedItem, ReadFile } from '../listed-item.ts'
import { isTable, lineOf, readToml } from './read-toml.ts'

const field = 'packages.lock'

/**
 * A lock of Python packages in TOML: uv.lock, poetry.lock or pylock.toml. It says which versions are taken, not which
 * packages. One that is there in several versions, each for other surroundings, is left to what is installed. Pure.
 */
export function readLockFile(text: string): ReadFile {
  const lock = readToml(text, field)
  if ('problems' in lock) return lock
  const listed = lock.table['package'] ?? lock.table['packages']
  if (!Array.isArray(listed)) return refused('is no uv.lock, poetry.lock or pylock.toml')
  const versions = Map.groupBy(listed.flatMap(readPackage), ({ name }) => name)
  const items = [...versions.values()].flatMap((found): ListedItem[] => {
    const [first] = found
    if (first === undefined || found.length > 1) return []
    const line = lineOf(text, `name = "${first.name}"`)
    return [{ list: 'pip_constraints', text: `${first.name}==${first.version}`, field, line }]
  })
  return { items, problems: [] }
}

/** What lies in a folder of the project itself has no version that an index would know. */
function readPackage(
  entry: unknown,
): readonly { readonly name: string; readonly version: string }[] {
  if (!isTable(entry)) return []
  const { name, version, source } = entry
  if (typeof name !== 'string' || typeof version !== 'string') return []
  const isIndexed = !isTable(source) || 'registry' in source || source['type'] === 'legacy'
  return isIndexed ? [{ name, version }] : []
}

function refused(message: string): ReadFile {
  return { items: [], problems: [{ field, message }] }
}
