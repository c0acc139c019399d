import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { createTarDecoder, type ParsedTarEntry, type TarHeader } from 'modern-tar'

/** A file in one line, so that a difference between two images reads well. */
export type FileLine = string

interface Node {
  readonly header: TarHeader
  /** Of a regular file's content. */
  readonly sha256: string
}

/** Files by their path; paths that are hard links of each other share one node. */
export type Tree = Map<string, Node>

export const createTree = (): Tree => new Map()

const whiteout = '.wh.'
const opaque = '.wh..wh..opq'

/** Applies a layer as it comes: what it deletes goes first, whatever the order of its entries. */
export async function applyLayer(
  tree: Tree,
  blob: ReadableStream<Uint8Array>,
  mediaType: string,
): Promise<void> {
  const added = new Set<string>()
  const tar = Readable.toWeb(unpack(blob, mediaType)) as ReadableStream<Uint8Array>
  for await (const entry of tar.pipeThrough(createTarDecoder({ strict: true }))) {
    const path = normalise(entry.header.name)
    const [folder, name] = split(path)
    if (name === opaque) {
      remove(tree, added, folder, { itself: false })
    } else if (name.startsWith(whiteout)) {
      remove(tree, added, join(folder, name.slice(whiteout.length)), { itself: true })
    } else {
      const node = await readNode(tree, entry)
      if (node.header.type !== 'directory') remove(tree, new Set(), path, { itself: true })
      tree.set(path, node)
      added.add(path)
      continue
    }
    await entry.body.cancel()
  }
}

function unpack(blob: ReadableStream<Uint8Array>, mediaType: string): Readable {
  const packed = Readable.fromWeb(blob)
  if (mediaType.endsWith('gzip')) return packed.compose(createGunzip())
  if (mediaType.endsWith('zstd')) return packed.compose(createZstdDecompress())
  return packed
}

async function readNode(tree: Tree, { header, body }: ParsedTarEntry): Promise<Node> {
  const hash = createHash('sha256')
  for await (const chunk of body) hash.update(chunk)
  if (header.type !== 'link') return { header, sha256: hash.digest('hex') }
  const target = tree.get(normalise(header.linkname ?? ''))
  if (target === undefined) throw new Error(`${header.name}: a hard link to nothing`)
  return target
}

/** Removes what lies below a path, and itself where asked, but for what this layer has added. */
function remove(
  tree: Tree,
  added: ReadonlySet<string>,
  path: string,
  { itself }: { readonly itself: boolean },
): void {
  for (const other of tree.keys()) {
    const goes = other.startsWith(`${path}/`) || path === '' || (itself && other === path)
    if (goes && !added.has(other)) tree.delete(other)
  }
}

/** The tree as lines by path, in the order of the paths. */
export function describeTree(
  tree: Tree,
  { times }: { readonly times: boolean },
): Record<string, FileLine> {
  const first = new Map<Node, string>()
  const lines: Record<string, FileLine> = {}
  for (const [path, node] of [...tree].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const same = first.get(node)
    if (same === undefined) first.set(node, path)
    lines[path] = same === undefined ? describe(node, times) : `the same as ${same}`
  }
  return lines
}

function describe({ header, sha256 }: Node, times: boolean): FileLine {
  const { type = 'file', mode = 0, uid = 0, gid = 0, size, linkname, mtime, pax = {} } = header
  const attributes = Object.entries(pax)
    .filter(([key]) => key.startsWith('SCHILY.xattr.'))
    .map(([key, value]) => `${key.replace('SCHILY.xattr.', '')}=${value}`)
  return [
    type,
    mode.toString(8).padStart(4, '0'),
    `${uid}:${gid}`,
    ...(type === 'file' ? [`${size} bytes`, sha256] : []),
    ...(linkname ? [`-> ${linkname}`] : []),
    ...attributes.toSorted(),
    ...(times ? [mtime?.toISOString() ?? 'no time'] : []),
  ].join(' ')
}

function normalise(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

function split(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf('/')
  return [path.slice(0, Math.max(0, at)), path.slice(at + 1)]
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
