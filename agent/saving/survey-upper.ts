import { type LeftOutKind, leftOutKinds } from '#contract/left-out.ts'
import type { SaveSurvey } from '#contract/save.ts'
import { danglingOf, hasAbove, type LinkTarget, readTargets } from './link-targets.ts'
import { openInside } from './open-inside.ts'
import { isFileList } from './packaged-files.ts'
import { createSizes } from './sizes.ts'
import { isDriverName, mayHoldSecret, secretByPath, secretInText } from './suspects.ts'
import { isOfPackages } from './changed-packages.ts'
import { bytesOf, pathOf, shown } from './entry-path.ts'
import { type UpperEntry, walkUpper } from './walk-upper.ts'

/** What is in an upper folder, and what of it is not saved unless somebody wants it kept. */
export interface Surveyed extends Pick<
  SaveSurvey,
  'bytes' | 'files' | 'deleted' | 'folders' | 'secrets' | 'driver' | 'passed_over' | 'dangling'
> {
  /** What says something of packages, and what lists the files of some. */
  readonly ofPackages: readonly UpperEntry[]
  readonly fileLists: readonly string[]
  /** Whether a path is not saved; what is below it is not either. */
  readonly isLeftOut: (path: string) => boolean
}

export interface SurveyChoices {
  readonly drop: readonly string[]
  readonly keep: readonly string[]
  /** Places at which something is mounted. */
  readonly mounts: readonly string[]
  /** Of those, the ones whose files no container of the image has. */
  readonly volumes?: readonly string[]
}

/** Entries of a list that are shown. */
const maxShown = 200
export const maxFolders = 30

/** Looks at everything that an environment has written. What it has deleted is no secret any more. */
export async function surveyUpper(
  upper: string,
  { drop, keep, mounts, volumes = [] }: SurveyChoices,
  signal: AbortSignal,
): Promise<Surveyed> {
  const left = new Set([...drop, ...mounts].map(pathOf))
  const kept = createKept(keep.map(pathOf))
  const sizes = createSizes()
  const secrets: Found[] = []
  const driver: Found[] = []
  const passedOver: string[] = []
  let deleted = 0
  const gone = new Set<string>()
  const links: UpperEntry[] = []
  const ofPackages: UpperEntry[] = []
  const fileLists: string[] = []
  for await (const entry of walkUpper(upper, (path) => left.has(path))) {
    signal.throwIfAborted()
    const { path, kind } = entry
    if (kind === 'whiteout') deleted += 1
    if (isOfPackages(entry)) ofPackages.push(entry)
    if (kind === 'file' && isFileList(path)) fileLists.push(path)
    if (kind === 'socket' || kind === 'device') passedOver.push(shown(path))
    if (kind === 'link' && (volumes.length > 0 || isDriverName(path))) links.push(entry)
    const suspicion = kept(path) ? undefined : await suspect(upper, entry)
    if (suspicion === undefined) {
      sizes.add(entry)
      continue
    }
    left.add(path)
    if (suspicion.of === 'driver') gone.add(path)
    const list = suspicion.of === 'driver' ? driver : secrets
    list.push(tell(path, suspicion.kind))
  }
  const targets = await readTargets(upper, links)
  const ofDriver = targets.filter(({ path }) => isDriverName(path))
  for (const { path } of danglingOf(ofDriver, (target) => gone.has(target))) {
    if (kept(path)) continue
    left.add(path)
    driver.push(tell(path, 'driver_link'))
  }
  return {
    ...sizes.read(maxFolders),
    deleted,
    secrets: secrets.slice(0, maxShown),
    driver: driver.slice(0, maxShown),
    passed_over: passedOver.slice(0, maxShown),
    dangling: linksInto(targets, volumes)
      .filter(({ path }) => !left.has(path))
      .slice(0, maxShown)
      .map(({ path, target }) => ({ path: shown(path), to: shown(target) })),
    ofPackages,
    fileLists,
    isLeftOut: (path) => left.has(path),
  }
}

function linksInto(targets: readonly LinkTarget[], places: readonly string[]) {
  const paths = new Set(places.map(pathOf))
  return danglingOf(targets, (target) => hasAbove(paths, target))
}

type Suspicious = Pick<UpperEntry, 'path' | 'kind' | 'bytes'>
type Found = SaveSurvey['secrets'][number]

interface Suspicion {
  readonly of: 'secret' | 'driver'
  readonly kind: LeftOutKind
}

function tell(path: string, kind: LeftOutKind): Found {
  return { path: shown(path), what: leftOutKinds[kind].en, kind }
}

/** Whether a path, or a folder that it is in, is to be kept. */
function createKept(paths: readonly string[]): (path: string) => boolean {
  return (path) => paths.some((kept) => path === kept || path.startsWith(`${kept}/`))
}

async function suspect(upper: string, entry: Suspicious): Promise<Suspicion | undefined> {
  const { kind, bytes } = entry
  if (kind !== 'file') return undefined
  const path = Buffer.from(entry.path, 'latin1').toString()
  // A real one may be of a package, such as those for compatibility; the node's own leave an empty place.
  if (bytes === 0 && isDriverName(path)) {
    return { of: 'driver', kind: 'driver_place' }
  }
  const byPath = bytes === 0 ? undefined : secretByPath(path)
  if (byPath !== undefined) return { of: 'secret', kind: byPath }
  if (!mayHoldSecret({ path, bytes })) return undefined
  await using file = await openInside(upper, bytesOf(upper, entry.path))
  const inText = file && secretInText(await file.readFile('utf8'))
  return inText === undefined ? undefined : { of: 'secret', kind: inText }
}
