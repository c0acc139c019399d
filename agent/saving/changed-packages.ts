import type { ImagePackage } from '#contract/image-packages.ts'
import type { SaveSurvey } from '#contract/save.ts'
import { listPackages } from '../../cuda/image/facts/packages.ts'
import type { LayerEntry } from '../../cuda/image/layer.ts'
import { applyLayer, emptyOverlay } from '../../cuda/image/overlay.ts'
import { openInside } from './open-inside.ts'
import { bytesOf } from './entry-path.ts'
import { type UpperEntry } from './walk-upper.ts'

const lists = /^(var\/lib\/dpkg\/status|(usr\/)?lib\/apk\/db\/installed)$/
const marks =
  /\.dist-info\/METADATA$|\.egg-info(\/PKG-INFO)?$|(^|\/)conda-meta\/[^/]+\.json$|^var\/lib\/dpkg\/status\.d\/[^/.]+$/
const gone =
  /(?:^|\/)([^/-]+)-([^/-]+)\.(?:dist-info|egg-info)$|(?:^|\/)conda-meta\/([^/]+)-([^/-]+)-[^/-]+\.json$/

/** Whether an entry says something of packages. Pure. */
export function isOfPackages({ path, kind }: Pick<UpperEntry, 'path' | 'kind'>): boolean {
  return kind === 'whiteout'
    ? gone.test(path)
    : kind === 'file' && (lists.test(path) || marks.test(path))
}

export interface Lists {
  /** Folder of the image, and of what is written over it. */
  readonly lower: string
  readonly upper: string
  /** Of the upper folder, those that `isOfPackages`. */
  readonly entries: readonly Pick<UpperEntry, 'path' | 'kind' | 'bytes'>[]
}

/** What packages an environment has that its image has not, or has in another version, and which are gone. */
export async function changedPackages({
  lower,
  upper,
  entries,
}: Lists): Promise<SaveSurvey['packages']> {
  const files = entries.filter(({ kind }) => kind === 'file').map(({ path }) => path)
  const overwritten = files.filter((path) => lists.test(path))
  const [now, before] = await Promise.all([
    readPackages(upper, files),
    readPackages(lower, overwritten),
  ])
  const removed = [
    ...before,
    ...entries.filter(({ kind }) => kind === 'whiteout').flatMap(({ path }) => goneAt(path)),
  ]
  const earlier = new Map(removed.map((one) => [nameOf(one), one.version]))
  const present = new Set(now.map(nameOf))
  const same = new Set(before.map((one) => `${nameOf(one)} ${one.version}`))
  const added = now
    .filter((one) => !same.has(`${nameOf(one)} ${one.version}`))
    .map((one) => show(one, earlier.get(nameOf(one)) ?? null))
  const lost = removed.filter((one) => !present.has(nameOf(one)))
  return { added, removed: lost.map((one) => show(one, one.version)) }
}

type Named = Pick<ImagePackage, 'kind' | 'name' | 'version' | 'place'>

function nameOf({ kind, name }: Named): string {
  return `${kind} ${name}`
}

function show({ kind, name, version, place }: Named, was: string | null) {
  return { kind, name, version, ...(place !== undefined && { place }), was }
}

async function readPackages(root: string, paths: readonly string[]): Promise<readonly Named[]> {
  if (paths.length === 0) return []
  return listPackages(await applyLayer(emptyOverlay, entriesOf(root, paths))).packages
}

async function* entriesOf(root: string, paths: readonly string[]): AsyncGenerator<LayerEntry> {
  for (const path of paths) {
    const file = await openInside(root, bytesOf(root, path))
    if (file === undefined) continue
    const body = file.createReadStream()
    yield { path, type: 'file', size: 0, mode: 0o644, target: '', body }
  }
}

function goneAt(path: string): readonly Named[] {
  const [, python, version, conda, condaVersion] = gone.exec(path) ?? []
  if (python !== undefined && version !== undefined) {
    return [{ kind: 'python', name: python.toLowerCase().replace(/[-.]+/g, '_'), version }]
  }
  if (conda === undefined || condaVersion === undefined) return []
  return [{ kind: 'conda', name: conda, version: condaVersion }]
}
