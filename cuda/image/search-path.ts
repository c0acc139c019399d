import type { Kept } from './keep-entry.ts'
import type { Overlay } from './overlay.ts'

/** As many links as the kernel follows. */
const maxLinks = 40

/** Where a path leads once every link on its way is followed, without `/` in front; `undefined` in a circle. */
export function resolvePath(files: Overlay['files'], path: string): string | undefined {
  const rest = path.split('/')
  const done: string[] = []
  let links = 0
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      done.pop()
      continue
    }
    const target = files.get([...done, part].join('/'))?.target
    if (target === undefined) {
      done.push(part)
      continue
    }
    links += 1
    if (links > maxLinks) return undefined
    if (target.startsWith('/')) done.length = 0
    rest.unshift(...target.split('/'))
  }
  return done.join('/')
}

/** Folders that the loader looks through: those of the variable, and those of its configuration files. */
export interface SearchPath {
  readonly variable: ReadonlySet<string>
  readonly configured: ReadonlySet<string>
}

export function searchPath(files: Overlay['files'], libraryPath: string): SearchPath {
  const resolved = (folders: readonly string[]) =>
    new Set(folders.flatMap((folder) => resolvePath(files, folder) ?? []))
  const configured = [...files].filter(([path]) => path.startsWith('etc/ld.so.conf'))
  return {
    variable: resolved(libraryPath.split(':').filter((folder) => folder.startsWith('/'))),
    configured: resolved(configured.flatMap(([, kept]) => foldersOf(kept))),
  }
}

function foldersOf({ content }: Kept): readonly string[] {
  if (content?.kind !== 'text') return []
  const lines = content.text.split('\n').map((line) => line.replace(/#.*/, '').trim())
  return lines.filter((line) => line.startsWith('/'))
}
