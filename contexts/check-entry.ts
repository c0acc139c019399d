import { pathLimits } from '#contract/wire/context.ts'
import type { ContextEntry } from './entry.ts'

const control = /\p{Cc}/u
/** What a decoder puts where bytes are no UTF-8. */
const undecodable = '\uFFFD'

/** `path` without its "." and empty parts. What else is wrong with it stays for `checkEntry` to say. */
export function cleanPath(path: string): string {
  const absolute = path.startsWith('/') ? '/' : ''
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return absolute + parts.join('/')
}

/** Why an entry of a context is refused; `undefined` when it is fine. Pure. */
export function checkEntry({
  path,
  kind,
  target,
}: Pick<ContextEntry, 'path' | 'kind' | 'target'>): string | undefined {
  if (path === '') return kind === 'directory' ? undefined : 'the context itself must be a folder'
  const problem = checkPath(path) ?? (target === '' ? undefined : checkText(target, 'the target'))
  if (problem !== undefined) return problem
  if (kind !== 'symlink') return undefined
  if (target === '') return 'the link points to nothing'
  // Resolved inside the image once it is copied there, never on a machine of the farm.
  if (target.startsWith('/')) return undefined
  const folder = path.split('/').slice(0, -1)
  return climbs([...folder, ...target.split('/')]) ? 'the link leads out of the context' : undefined
}

function checkPath(path: string): string | undefined {
  if (path.startsWith('/')) return 'the path is absolute'
  const parts = path.split('/')
  if (parts.includes('..')) return 'the path has a ".." in it'
  if (parts.length > pathLimits.depth) return `the path is deeper than ${pathLimits.depth} folders`
  if (parts.some((part) => Buffer.byteLength(part) > pathLimits.name)) {
    return `a name in the path is longer than ${pathLimits.name} bytes`
  }
  return checkText(path, 'the path')
}

function checkText(text: string, what: string): string | undefined {
  if (Buffer.byteLength(text) > pathLimits.path)
    return `${what} is longer than ${pathLimits.path} bytes`
  if (control.test(text)) return `${what} has a control character in it`
  return text.includes(undecodable) ? `${what} is not UTF-8` : undefined
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
