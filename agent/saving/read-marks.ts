import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { startTar, untilPacked } from './start-tar.ts'

/** What the kernel has noted of the folders of an upper folder. */
export interface FolderMarks {
  /** Nothing of the image is seen in them. */
  readonly opaque: ReadonlySet<string>
  /** They have been moved, and what the image has in them is not where they are. */
  readonly moved: readonly string[]
}

const opaqueMark = 'SCHILY.xattr.trusted.overlay.opaque'
const movedMark = 'SCHILY.xattr.trusted.overlay.redirect'

/**
 * Node reads no extended attributes; GNU tar does, and these are plain text.
 * @param folders as `walkUpper` names them. @param isBusy programs go on meanwhile: of what has gone by then nothing is said.
 */
export async function readMarks(
  upper: string,
  folders: readonly string[],
  signal: AbortSignal,
  isBusy = false,
): Promise<FolderMarks> {
  const opaque = new Set<string>()
  const moved: string[] = []
  const tar = startTar(upper, ['trusted.overlay.*'], signal, isBusy)
  const entries = extract()
  const find = createFind(folders)
  entries.on('entry', ({ name, pax }, body, next) => {
    const path = find(name.replace(/\/$/, ''))
    if (path === undefined) {
      entries.destroy(new Error(`tar has packed ${name}`))
      return
    }
    const marks = new Map(Object.entries(pax ?? {}))
    if (marks.get(opaqueMark) === 'y') opaque.add(path)
    if (marks.has(movedMark)) moved.push(path)
    body.resume().on('end', next)
  })
  const others = [pipeline(namesOf(folders), tar.names), pipeline(tar.output, entries)]
  await untilPacked(tar, others, signal)
  return { opaque, moved }
}

/** They come in the order in which they were named, without those that have gone. Of names that are no UTF-8 not all is told. */
function createFind(folders: readonly string[]): (name: string) => string | undefined {
  let at = 0
  return (name) => {
    for (; at < folders.length; at += 1) {
      const path = folders[at] ?? ''
      if (Buffer.from(path, 'latin1').toString() !== name) continue
      at += 1
      return path
    }
    return undefined
  }
}

function* namesOf(paths: readonly string[]): Generator<Buffer> {
  for (const path of paths) yield Buffer.from(`${path}\0`, 'latin1')
}
