import type { ImageFacts } from '#contract/image-facts.ts'
import { compareVersions } from '../../tables/version.ts'
import type { Overlay } from '../overlay.ts'

/** The C library by its loader; glibc's version by its file name or by its banner. */
export function findLibc(files: Overlay['files']): ImageFacts['libc'] {
  const paths = [...files.keys()]
  const versions = [...files].flatMap(([path, { content }]) => {
    if (content?.kind === 'version') return [content.version]
    return /(?:^|\/)libc-(\d\.\d+)\.so$/.exec(path)?.[1] ?? []
  })
  const [version] = versions.toSorted((a, b) => compareVersions(b, a))
  if (version !== undefined) return { kind: 'glibc', version }
  if (paths.some((path) => /(^|\/)ld-linux-[\w-]+\.so\.\d$/.test(path))) return { kind: 'glibc' }
  return { kind: paths.some((path) => /(^|\/)ld-musl-\w+\.so\.1$/.test(path)) ? 'musl' : 'none' }
}

/** Versions of the Python interpreters, as `3.10`. */
export function listPythons(files: Overlay['files']): readonly string[] {
  const found = [...files.keys()].flatMap(
    (path) => /(?:^|\/)bin\/python(\d\.\d+)$/.exec(path)?.[1] ?? [],
  )
  return [...new Set(found)].toSorted(compareVersions)
}

/** Whether the loader is told to load something into every program. */
export function hasPreloadFile(files: Overlay['files']): boolean {
  const content = files.get('etc/ld.so.preload')?.content
  return content?.kind === 'text' && content.text.trim() !== ''
}
