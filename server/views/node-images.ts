import type { Language } from '../../cuda/tables/reason.ts'
import type { Db } from '../../records/connect.ts'
import { readProofs } from '../../records/evidence.ts'
import { readFacts } from '../../records/image-facts.ts'
import { readNodeGpus } from '../../records/node-gpus.ts'
import { groupGpus } from '../gpus/fleet-classes.ts'
import { judgeNode } from '../gpus/judge-node.ts'
import { showCell } from './compatibility.ts'

export interface NodeImagesFilter {
  /** Id of the last image of the page before. */
  readonly after?: number | undefined
  readonly limit: number
  readonly language: Language
}

/** One page of the library, by id: which images run on a node as it is now, and why not. */
export async function listNodeImages(
  db: Db,
  nodeId: string,
  { after, limit, language }: NodeImagesFilter,
) {
  const rows = await db
    .selectFrom('images')
    .select(['id', 'name', 'digest'])
    .where('digest', 'is not', null)
    .where('id', '>', after ?? 0)
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  const page = rows.slice(0, limit)
  const digests = page.flatMap(({ digest }) => digest ?? [])
  const [facts, proofs, gpus] = await Promise.all([
    readFacts(db, digests),
    readProofs(db, digests),
    readNodeGpus(db, nodeId),
  ])
  const classes = groupGpus(gpus)
  const last = page.at(-1)
  return {
    images: page.map(({ id, name, digest }) => {
      const own = proofs.filter((proof) => proof.digest === digest)
      const best = judgeNode(facts.get(digest ?? ''), classes, own)
      return {
        image_id: id,
        name,
        digest,
        gpu: best.gpu?.name ?? null,
        ...showCell(best.cell, language),
      }
    }),
    ...(rows.length > page.length && last ? { next_cursor: String(last.id) } : {}),
  }
}
