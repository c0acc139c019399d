import { createReadStream } from 'node:fs'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { Unsaveable } from './unsaveable.ts'
import { shown } from './entry-path.ts'
import { opaqueMarker, whiteoutPrefix } from './whiteouts.ts'

/** A layer as it lies on the disk. */
export interface LayerFile {
  readonly path: string
  readonly mediaType: string
}

/** What a layer has, by paths as `walkUpper` has them: none leads upwards, and none is the root itself. */
export interface LayerNames {
  /** Deleted of the layers below. */
  readonly gone: readonly string[]
  /** Folders in which nothing of the layers below is seen. */
  readonly emptied: readonly string[]
  readonly folders: ReadonlySet<string>
  readonly others: ReadonlySet<string>
  /** Files that have further names in it. */
  readonly linked: ReadonlySet<string>
}

/** One character for each byte. The types of the library do not know that it can be asked for. */
const tarOptions = { highWaterMark: 64 * 1024, filenameEncoding: 'latin1' }

/** @throws Unsaveable when it cannot be squashed; the signal's reason when aborted. */
export async function readLayerNames(layer: LayerFile, signal: AbortSignal): Promise<LayerNames> {
  const found: Named[] = []
  const entries = extract(tarOptions)
  entries.on('entry', (header, body, next) => {
    found.push(namedBy(header))
    body.resume().on('end', next)
  })
  await pipeline([...openLayer(layer), entries], { signal })
  return sortNames(found)
}

/** The streams through which the tar of a layer comes. @throws Unsaveable */
export function openLayer({ path, mediaType }: LayerFile): readonly [Readable, ...Transform[]] {
  const bytes = createReadStream(path)
  if (/[+.]zstd$/.test(mediaType)) return [bytes, createZstdDecompress()]
  if (/[+.]gzip$/.test(mediaType)) return [bytes, createGunzip()]
  if (mediaType.endsWith('.tar')) return [bytes]
  const message = `layers of type ${mediaType} cannot be squashed`
  throw new Unsaveable('environment_unsaveable', message)
}

interface Named {
  readonly path: string
  readonly isFolder: boolean
  /** The file of which this is a further name. */
  readonly target: string | undefined
}

function namedBy(header: Header): Named {
  const { name, type, linkname } = header
  return {
    path: pathIn(header, 'path', name),
    isFolder: type === 'directory',
    target: type === 'link' ? pathIn(header, 'linkpath', linkname ?? '') : undefined,
  }
}

function pathIn({ pax }: Header, key: 'path' | 'linkpath', name: string): string {
  // Longer names come as UTF-8.
  const isLong = Object.hasOwn(pax ?? {}, key)
  const text = isLong ? Buffer.from(name).toString('latin1') : name
  return text.replace(/^(\.?\/)+|\/+$/g, '').replace(/^\.$/, '')
}

function sortNames(entries: readonly Named[]): LayerNames {
  const names = { gone: [] as string[], emptied: [] as string[] }
  const [folders, others, linked] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { path, isFolder, target } of entries) {
    // The root itself is there already.
    if (path === '' && isFolder) continue
    const cut = path.lastIndexOf('/') + 1
    const [above, base] = [path.slice(0, cut), path.slice(cut)]
    if (base === opaqueMarker) names.emptied.push(within(above.slice(0, -1)))
    else if (base.startsWith(whiteoutPrefix))
      names.gone.push(within(`${above}${base.slice(whiteoutPrefix.length)}`))
    else (isFolder ? folders : others).add(within(path))
    if (target !== undefined) linked.add(within(target))
  }
  for (const path of [...folders, ...others, ...linked]) requireFolders(path, others)
  return { ...names, folders, others, linked }
}

/** @throws Unsaveable for what is not below the root. */
function within(path: string): string {
  if (path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')) return path
  throw unfit(path)
}

/** What is above something is a folder, and has no other entry as anything else. @throws Unsaveable */
function requireFolders(path: string, others: ReadonlySet<string>): void {
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
    if (others.has(path.slice(0, cut))) throw unfit(path)
  }
}

function unfit(path: string): Unsaveable {
  const message = `a layer of its image has ${shown(path)} where nothing can be: it cannot be squashed`
  return new Unsaveable('environment_unsaveable', message)
}
