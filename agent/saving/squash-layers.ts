import { lstat, mkdir, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { isErrno } from '#contract/errno.ts'
import { extractTar } from '../environments/extract-tar.ts'
import { type LayerFile, type LayerNames, openLayer, readLayerNames } from './layer-names.ts'
import { Unsaveable } from './unsaveable.ts'
import { bytesOf, shown } from './entry-path.ts'
import type { LayerMarks } from './write-layer.ts'

/**
 * Lays layers over one another in a new folder, the lowest first, as if they were one: what is gone of what lies below all
 * of them is told apart, as the folder has only what is there. Their names are those that programs of environments have
 * chosen: none leads out of the folder, also not by a link that a layer below has.
 * @throws Unsaveable, the signal's reason when aborted.
 */
export async function squashLayers(
  folder: string,
  layers: readonly LayerFile[],
  signal: AbortSignal,
): Promise<LayerMarks> {
  await mkdir(folder, { mode: 0o755 })
  const marks = { whiteouts: new Set<string>(), opaque: new Set<string>() }
  for (const layer of layers) {
    const names = await readLayerNames(layer, signal)
    await takeAway(folder, marks, names)
    addBack(marks, names)
    const extraction = extractTar(folder, signal, ['--exclude=.wh.*'])
    // A tar goes once it has seen the end of the archive, though what stands behind that is not written yet; one that has
    // not seen it fails.
    pipeline([...openLayer(layer), extraction.input]).catch(() => undefined)
    await extraction.done
  }
  return { whiteouts: [...marks.whiteouts], opaque: marks.opaque }
}

interface Marks {
  readonly whiteouts: Set<string>
  readonly opaque: Set<string>
}

/**
 * What a layer deletes of those below it is gone from the folder, and of what lies below all of them; so is what it has
 * something of another kind in the place of. @throws Unsaveable when what it names does not lie in the folder.
 */
async function takeAway(folder: string, marks: Marks, names: LayerNames): Promise<void> {
  const kindAt = createKindAt(folder)
  const remove = async (path: string) => {
    await kindAt(path)
    await rm(bytesOf(folder, path), { recursive: true, force: true })
  }
  // Before anything below them: what layers before have there may be a link.
  for (const path of [...names.folders].toSorted()) {
    if ((await kindAt(path)) === 'other') await remove(path)
  }
  for (const path of names.emptied.toSorted()) {
    await remove(path)
    forgetBelow(marks, path)
    marks.whiteouts.delete(path)
    marks.opaque.add(path)
  }
  for (const path of names.gone) {
    await remove(path)
    forgetBelow(marks, path)
    marks.opaque.delete(path)
    marks.whiteouts.add(path)
  }
  // A file in the place of a folder says nothing of what was in that.
  for (const path of names.others) if ((await kindAt(path)) === 'folder') await remove(path)
  for (const path of names.linked) await kindAt(path)
}

/**
 * What is at a path, or nothing. @throws Unsaveable when something above it is no folder, such as a link. What was found a
 * folder once may be gone later, and is nothing else.
 */
function createKindAt(folder: string) {
  const known = new Set<string>()
  const look = async (path: string) => {
    const found = await lstat(bytesOf(folder, path)).catch((error: unknown) => {
      if (!isErrno(error, 'ENOENT')) throw error
    })
    if (found === undefined) return undefined
    return found.isDirectory() ? 'folder' : 'other'
  }
  return async (path: string) => {
    for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
      const above = path.slice(0, cut)
      if (known.has(above)) continue
      const kind = await look(above)
      if (kind === undefined) return undefined
      if (kind === 'other') throw throughOther(path, above)
      known.add(above)
    }
    return look(path)
  }
}

function throughOther(path: string, above: string): Unsaveable {
  const message = `a layer of its image has ${shown(path)}, and one below it has no folder at ${shown(above)}: it cannot be squashed`
  return new Unsaveable('environment_unsaveable', message)
}

/** What is there again: a folder in the place of what was deleted shows nothing of that. */
function addBack(marks: Marks, { folders, others }: LayerNames): void {
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
