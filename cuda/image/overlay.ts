import type { LayerEntry } from './layer.ts'
import { keepEntry, type Kept } from './keep-entry.ts'

/** What is known of the file system of an image after some of its layers. */
export interface Overlay {
  readonly files: ReadonlyMap<string, Kept>
  /** Something was left out because there was too much. */
  readonly truncated: boolean
}

export const emptyOverlay: Overlay = { files: new Map(), truncated: false }

/** More than these are a sign of an image that wants to fill the memory. */
const limits = { kept: 100_000, contents: 2_000, pathLength: 4096 } as const

const whiteout = '.wh.'
const opaque = '.wh..wh..opq'

/**
 * The file system after one more layer. Whiteouts hide what is below, never what the same layer brings, and a file hides
 * a folder of its name with all in it. Source: the OCI image specification, "Image Layer Filesystem Changeset".
 */
export async function applyLayer(
  below: Overlay,
  entries: AsyncIterable<LayerEntry>,
): Promise<Overlay> {
  const known = withFolders(below.files.keys())
  const added = new Map<string, Kept>()
  const hidden = new Set<string>()
  const emptied = new Set<string>()
  const room = createRoom(below)
  const hide = (path: string) => known.has(path) && hidden.add(path)
  for await (const entry of entries) {
    const { path, type, target } = entry
    const slash = path.lastIndexOf('/') + 1
    const [folder, name] = [path.slice(0, Math.max(0, slash - 1)), path.slice(slash)]
    const read = await keepEntry(entry)
    const source = target.replace(/^(\.?\/)+/, '')
    const isHardLink = type === 'link'
    const kept = isHardLink ? (added.get(source) ?? below.files.get(source)) : read
    if (name === opaque && (folder === '' || known.has(folder))) emptied.add(folder)
    else if (name.startsWith(whiteout)) hide(path.slice(0, slash) + name.slice(whiteout.length))
    else if (type !== 'directory' || below.files.has(path)) hide(path)
    if (kept === undefined) added.delete(path)
    else if (room.takes(path, kept)) added.set(path, kept)
  }
  const visible = [...below.files].filter(([path]) => !isUnder(path, hidden, emptied))
  return { files: new Map([...visible, ...added]), truncated: room.isFull() }
}

/** Counts what is kept against the limits, and remembers whether something did not fit. */
function createRoom({ files, truncated }: Overlay) {
  let kept = files.size
  let contents = [...files.values()].filter(({ content }) => content !== undefined).length
  let full = truncated
  return {
    takes: (path: string, { content }: Kept): boolean => {
      kept += 1
      if (content !== undefined) contents += 1
      const fits =
        kept <= limits.kept && contents <= limits.contents && path.length <= limits.pathLength
      full ||= !fits
      return fits
    },
    isFull: () => full,
  }
}

/** Paths with every folder that they lie in. */
function withFolders(paths: Iterable<string>): ReadonlySet<string> {
  const all = new Set<string>()
  for (let path of paths) {
    while (path !== '' && !all.has(path)) {
      all.add(path)
      path = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    }
  }
  return all
}

function isUnder(path: string, hidden: ReadonlySet<string>, emptied: ReadonlySet<string>): boolean {
  if (hidden.size + emptied.size === 0) return false
  if (hidden.has(path)) return true
  for (let folder = path; folder !== '';) {
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))
    if (hidden.has(folder) || emptied.has(folder)) return true
  }
  return false
}
