import { posix } from 'node:path'
import { createInterface } from 'node:readline'
import { openInside } from './open-inside.ts'
import { bytesOf } from './entry-path.ts'

const debianList = /^var\/lib\/dpkg\/info\/[^/]+\.list$/
const pythonRecord = /^(?:(.*)\/)?([^/]+\.dist-info)\/RECORD$/
/** What package managers keep for themselves, and what installing leaves behind. */
const ownPlaces =
  /^(var\/lib\/(dpkg|apt)|var\/cache\/(apt|debconf|ldconfig)|root\/\.cache\/pip|var\/log\/(apt|dpkg\.log|alternatives\.log)|etc\/ld\.so\.cache|etc\/alternatives)(\/|$)|\.dist-info\/|(^|\/)(conda-meta|pkgs)\/|\/__pycache__\//
/** Folders at the root that are links into `usr` on systems that have merged them; lists still name them. */
const merged = /^(bin|sbin|lib|lib32|lib64|libx32)\//

/** Whether an entry lists the files of a package. Pure. */
export function isFileList(path: string): boolean {
  return debianList.test(path) || pythonRecord.test(path)
}

/**
 * Whether a file has come with a package, as the lists in an upper folder say.
 * @param lists those of its entries that `isFileList`.
 */
export async function readPackaged(
  upper: string,
  lists: readonly string[],
): Promise<(path: string) => boolean> {
  const known = new Set<string>()
  for (const list of lists) {
    const place = pythonRecord.exec(list)?.[1] ?? ''
    const isRecord = !debianList.test(list)
    await using file = await openInside(upper, bytesOf(upper, list))
    if (file === undefined) continue
    for await (const line of createInterface({ input: file.createReadStream() })) {
      const path = isRecord ? posix.join(place, firstField(line)) : line.replace(/^\//, '')
      known.add(Buffer.from(merged.test(path) ? `usr/${path}` : path).toString('latin1'))
    }
  }
  return (path) => known.has(path) || ownPlaces.test(path)
}

/** Of a line of comma-separated values. */
function firstField(line: string): string {
  const quoted = /^"((?:[^"]|"")*)"/.exec(line)?.[1]
  return quoted?.replaceAll('""', '"') ?? line.slice(0, Math.max(0, line.indexOf(',')))
}
