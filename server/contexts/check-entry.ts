import type { TarHeader } from 'modern-tar'
import { contextLimits } from '#contract/wire/context.ts'

const kinds: ReadonlySet<TarHeader['type']> = new Set(['file', 'directory', 'symlink'])

/** Why an entry of a context is refused; `undefined` when it is fine. Pure. */
export function checkEntry({ name, type = 'file', linkname = '' }: TarHeader): string | undefined {
  if (!kinds.has(type)) return `a ${type} is not taken: only files, folders and symbolic links are`
  if (name.length > contextLimits.pathLength)
    return `the path is longer than ${contextLimits.pathLength}`
  if (name.startsWith('/')) return 'the path is absolute'
  if (climbs(name.split('/'))) return 'the path leaves the context'
  if (type !== 'symlink') return undefined
  if (linkname.startsWith('/')) return undefined
  const folder = name.split('/').slice(0, -1)
  return climbs([...folder, ...linkname.split('/')])
    ? 'the link leads out of the context'
    : undefined
}

/** Whether a path goes above its beginning anywhere on its way. */
function climbs(parts: readonly string[]): boolean {
  let depth = 0
  for (const part of parts) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}
