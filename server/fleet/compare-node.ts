import { setImmediate as nextTurn } from 'node:timers/promises'
import { countDiff, type DiffCounts } from '../../cuda/verdict/describe-diff.ts'
import { type Cell, diffMatrices } from '../../cuda/verdict/diff-matrices.ts'
import type { Db } from '../../records/connect.ts'
import type { GpuClass } from '../../matrix/fleet-classes.ts'
import { judgeNode, type NodeCell } from '../gpus/judge-node.ts'
import { type Known, readKnown } from '../../matrix/read-known.ts'

/** A node before and after a change, by the classes of its GPUs. */
export interface ComparedNode {
  readonly name: string
  readonly before: readonly GpuClass[]
  readonly after: readonly GpuClass[]
  /** Those of the other nodes, where it matters whether an image runs there. */
  readonly elsewhere: readonly GpuClass[]
}

interface LibraryImage {
  readonly id: number
  readonly name: string
  /** Of the version that the name points at. */
  readonly number: number | null
  readonly digest: string
}

/** What a change means for one image. */
export interface ImageEffect extends LibraryImage {
  readonly before: NodeCell
  readonly after: NodeCell
  /** `undefined`: it runs on the node as little or as much as before. */
  readonly change: 'begins' | 'stops' | undefined
  readonly counts: DiffCounts
}

const pageSize = 200

/**
 * What a change of a node means for each image of the library, by id. The library may be large: it is read page by page, and
 * others get their turn between the images.
 * @param from id of the last image that is passed over.
 */
export async function* compareNode(
  db: Db,
  node: ComparedNode,
  from = 0,
): AsyncGenerator<ImageEffect, void, undefined> {
  const classes = [...node.before, ...node.after, ...node.elsewhere]
  for (let last = from; ;) {
    const page = await readPage(db, last)
    const digests = page.map(({ digest }) => digest)
    const known = await readKnown(db, digests, classes)
    for (const image of page) {
      yield compareImage(image, known(image.digest), node)
      await nextTurn()
    }
    const end = page.at(-1)
    if (end === undefined || page.length < pageSize) return
    last = end.id
  }
}

async function readPage(db: Db, after: number): Promise<readonly LibraryImage[]> {
  const rows = await db
    .selectFrom('images')
    .leftJoin('versions', 'versions.id', 'images.current_version_id')
    .select(['images.id', 'images.name', 'images.digest', 'versions.number'])
    .where('images.digest', 'is not', null)
    .where('images.id', '>', after)
    .orderBy('images.id')
    .limit(pageSize)
    .execute()
  return rows.flatMap(({ digest, ...row }) => (digest === null ? [] : [{ ...row, digest }]))
}

/** Pure. */
export function compareImage(image: LibraryImage, known: Known, node: ComparedNode): ImageEffect {
  const [before, after] = [judgeNode(known, node.before), judgeNode(known, node.after)]
  const others = { name: '', classes: node.elsewhere }
  const elsewhere = asCells(image, others, judgeNode(known, node.elsewhere))
  const earlier = asCells(image, { name: node.name, classes: node.before }, before)
  const later = asCells(image, { name: node.name, classes: node.after }, after)
  const changes = diffMatrices(earlier, later)
  const kind = changes[0]?.kind
  return {
    ...image,
    before,
    after,
    change: kind === 'now_runs' ? 'begins' : kind === 'no_longer_runs' ? 'stops' : undefined,
    counts: countDiff(node.name, changes, [...later, ...elsewhere]),
  }
}

/** Images that nobody has read, and those that need no GPU, are left out: no change of a GPU changes them. */
function asCells(
  { name: image }: LibraryImage,
  { name: node, classes }: { readonly name: string; readonly classes: readonly GpuClass[] },
  { cell: { verdict, reasons } }: NodeCell,
): readonly Cell[] {
  if (classes.length === 0 || verdict === 'unknown' || verdict === 'not_gpu') return []
  return [{ image, node, verdict, reasons: reasons.map(({ code }) => code) }]
}
