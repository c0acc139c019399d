import { createReadStream } from 'node:fs'
import { lstat, mkdir, rm } from 'node:fs/promises'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { extract } from 'tar-stream'
import { extractTar } from '../environments/extract-tar.ts'
import { Unsaveable } from './unsaveable.ts'
import type { LayerMarks } from './write-layer.ts'

/** A layer as it lies on the disk. */
export interface LayerFile {
  readonly path: string
  readonly mediaType: string
}

/** One character for each byte. The types of the library do not know that it can be asked for. */
const tarOptions = { highWaterMark: 64 * 1024, filenameEncoding: 'latin1' }

const whiteout = '.wh.'
const opaqueMarker = '.wh..wh..opq'

/**
 * Lays layers over one another in a new folder, the lowest first, as if they were one: what is gone of what lies below all
 * of them is told apart, as the folder has only what is there. @throws Unsaveable, the signal's reason when aborted.
 */
export async function squashLayers(
  folder: string,
  layers: readonly LayerFile[],
  signal: AbortSignal,
): Promise<LayerMarks> {
  await mkdir(folder, { mode: 0o755 })
  const marks = { whiteouts: new Set<string>(), opaque: new Set<string>() }
  for (const layer of layers) {
    const seen = await readNames(layer, signal)
    await takeAway(folder, marks, seen)
    addBack(marks, seen)
    const extraction = extractTar(folder, signal, ['--exclude=.wh.*'])
    // A tar goes once it has seen the end of the archive, though what stands behind that is not written yet; one that has
    // not seen it fails.
    pipeline([...open(layer), extraction.input]).catch(() => undefined)
    await extraction.done
  }
  return { whiteouts: [...marks.whiteouts], opaque: marks.opaque }
}

interface Marks {
  readonly whiteouts: Set<string>
  readonly opaque: Set<string>
}

interface Names {
  readonly gone: readonly string[]
  readonly emptied: readonly string[]
  readonly folders: readonly string[]
  readonly others: readonly string[]
}

async function readNames(layer: LayerFile, signal: AbortSignal): Promise<Names> {
  const names = { gone: [], emptied: [], folders: [], others: [] } as {
    [Kind in keyof Names]: string[]
  }
  const entries = extract(tarOptions)
  entries.on('entry', ({ name, type, pax }, body, next) => {
    // Longer names come as UTF-8.
    const isLong = Object.hasOwn(pax ?? {}, 'path')
    const text = isLong ? Buffer.from(name).toString('latin1') : name
    const path = text.replace(/^(\.?\/)+|\/+$/g, '')
    const cut = path.lastIndexOf('/') + 1
    const [above, base] = [path.slice(0, Math.max(0, cut - 1)), path.slice(cut)]
    if (base === opaqueMarker) names.emptied.push(above)
    else if (base.startsWith(whiteout))
      names.gone.push(`${path.slice(0, cut)}${base.slice(whiteout.length)}`)
    else names[type === 'directory' ? 'folders' : 'others'].push(path)
    body.resume().on('end', next)
  })
  await pipeline([...open(layer), entries], { signal })
  return names
}

/** What a layer deletes of those below it is gone from the folder, and of what lies below all of them. */
async function takeAway(
  folder: string,
  marks: Marks,
  { gone, emptied, others }: Names,
): Promise<void> {
  const pathIn = (path: string) =>
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])
  const remove = async (path: string) => rm(pathIn(path), { recursive: true, force: true })
  for (const path of gone) {
    await remove(path)
    forgetBelow(marks, path)
    marks.opaque.delete(path)
    marks.whiteouts.add(path)
  }
  for (const path of emptied) {
    await remove(path)
    forgetBelow(marks, path)
    marks.whiteouts.delete(path)
    marks.opaque.add(path)
  }
  // A file in the place of a folder says nothing of what was in that.
  for (const path of others) {
    const found = await lstat(pathIn(path)).catch(() => undefined)
    if (found?.isDirectory() === true) await remove(path)
  }
}

/** What is there again: a folder in the place of what was deleted shows nothing of that. */
function addBack(marks: Marks, { folders, others }: Names): void {
  for (const path of folders) if (marks.whiteouts.delete(path)) marks.opaque.add(path)
  for (const path of others) {
    marks.whiteouts.delete(path)
    if (marks.opaque.delete(path)) forgetBelow(marks, path)
  }
}

function forgetBelow({ whiteouts, opaque }: Marks, path: string): void {
  for (const known of [whiteouts, opaque]) {
    for (const one of known) if (one.startsWith(`${path}/`)) known.delete(one)
  }
}

/** The streams through which its tar comes. */
function open({ path, mediaType }: LayerFile): readonly [Readable, ...Transform[]] {
  const bytes = createReadStream(path)
  if (/[+.]zstd$/.test(mediaType)) return [bytes, createZstdDecompress()]
  if (/[+.]gzip$/.test(mediaType)) return [bytes, createGunzip()]
  if (mediaType.endsWith('.tar')) return [bytes]
  const message = `layers of type ${mediaType} cannot be squashed`
  throw new Unsaveable('environment_unsaveable', message)
}
