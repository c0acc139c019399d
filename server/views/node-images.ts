import type { Language } from '../../cuda/tables/reason.ts'
import { type Scope, seesImage } from '../../records/scope.ts'
import { readNodeGpus } from '../../records/node-gpus.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { judgeNode } from '../gpus/judge-node.ts'
import { readKnown } from '../../matrix/read-known.ts'
import { showCell } from './compatibility.ts'

export interface NodeImagesFilter {
  /** Id of the last image of the page before. */
  readonly after?: number | undefined
  readonly limit: number
  readonly language: Language
}

/** One page of the library, by id: which images run on a node as it is now, and why not. */
export async function listNodeImages(
  scope: Scope,
  nodeId: string,
  { after, limit, language }: NodeImagesFilter,
) {
  const { db, farm } = scope
  const rows = await db
    .selectFrom('images')
    .leftJoin('versions', 'versions.id', 'images.current_version_id')
    .select(['images.id', 'images.name', 'images.digest', 'versions.number'])
    .where('images.digest', 'is not', null)
    .where(seesImage(scope))
    .where('images.id', '>', after ?? 0)
    .orderBy('images.id')
    .limit(limit + 1)
    .execute()
  const page = rows.slice(0, limit)
  const digests = page.flatMap(({ digest }) => digest ?? [])
  const classes = groupGpus(await readNodeGpus(farm, nodeId))
  const known = await readKnown(farm, digests, classes)
  const last = page.at(-1)
  return {
    images: page.map(({ id, name, number, digest }) => {
      const best = judgeNode(known(digest ?? ''), classes)
      return {
        image_id: id,
        name,
        version: number,
        digest,
        gpu: best.gpu?.name ?? null,
        ...showCell(best.cell, language),
      }
    }),
    ...(rows.length > page.length && last ? { next_cursor: String(last.id) } : {}),
  }
}
