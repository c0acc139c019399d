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

/** Node reads no extended attributes; GNU tar does, and these are plain text. @param folders as `walkUpper` names them. */
export async function readMarks(
  upper: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<FolderMarks> {
  const opaque = new Set<string>()
  const moved: string[] = []
  const tar = startTar(upper, ['trusted.overlay.*'], signal)
  const entries = extract()
  let at = 0
  entries.on('entry', (header, body, next) => {
    const pax = new Map(Object.entries(header.pax ?? {}))
    // In the order in which they were named.
    const path = folders[at] ?? ''
    at += 1
    if (pax.get(opaqueMark) === 'y') opaque.add(path)
    if (pax.has(movedMark)) moved.push(path)
    body.resume().on('end', next)
  })
  const others = [pipeline(namesOf(folders), tar.names), pipeline(tar.output, entries)]
  await untilPacked(tar, others, signal)
  return { opaque, moved }
}

function* namesOf(paths: readonly string[]): Generator<Buffer> {
  for (const path of paths) yield Buffer.from(`${path}\0`, 'latin1')
}
