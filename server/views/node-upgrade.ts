import type { Language } from '../../cuda/tables/reason.ts'
import { cudaOfDriver } from '../../cuda/tables/toolkit-drivers.ts'
import { addCounts, describeDiff, noCounts } from '../../cuda/verdict/describe-diff.ts'
import type { Db } from '../../records/connect.ts'
import type { NodeGpu } from '../../records/node-gpus.ts'
import { compareNode, type ImageEffect } from '../fleet/compare-node.ts'
import { driversOf } from '../fleet/tell-changes.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { showCell } from './compatibility.ts'

export interface UpgradeFilter {
  readonly driver: string
  /** Id of the last image of the page before. */
  readonly after?: number | undefined
  readonly limit: number
  readonly language: Language
}

/** Images that are looked at for one answer. */
const maxLookedAt = 20_000

/**
 * What another driver, newer or older, would mean for the library: the images that would begin or stop to run on a node, by
 * id, page by page. The first page says it in words too, for the whole library unless that is very large.
 * @param gpus of the node, at least one.
 */
export async function showUpgrade(
  db: Db,
  node: { readonly id: string; readonly name: string },
  gpus: readonly NodeGpu[],
  { driver, after, limit, language }: UpgradeFilter,
) {
  const changed = gpus.map((each) => ({ ...each, gpu: { ...each.gpu, driver } }))
  const [was, is] = [groupGpus(gpus), groupGpus(changed)]
  const listed: ImageEffect[] = []
  let [lookedAt, counts, last] = [0, noCounts, after ?? 0]
  let isWhole = true
  const effects = compareNode(db, { name: node.name, before: was, after: is, elsewhere: [] }, after)
  for await (const effect of effects) {
    // A further page is only listed.
    if (lookedAt === maxLookedAt || (after !== undefined && listed.length > limit)) {
      isWhole = false
      break
    }
    ;[lookedAt, last] = [lookedAt + 1, effect.id]
    counts = addCounts(counts, effect.counts)
    if (effect.change !== undefined && listed.length <= limit) listed.push(effect)
  }
  const images = listed.slice(0, limit)
  const next = listed.length > limit ? images.at(-1)?.id : isWhole ? undefined : last
  const from = driversOf(gpus.map(({ gpu }) => gpu))
  const cause = { kind: 'driver', node: node.name, from, to: driver } as const
  return {
    node_id: node.id,
    node: node.name,
    from,
    to: driver,
    cuda: cudaOfDriver(driver) ?? null,
    summary:
      after === undefined
        ? {
            begin: counts.gained,
            stop: counts.lost,
            looked_at: lookedAt,
            complete: isWhole,
            text: describeDiff(cause, counts, language),
          }
        : null,
    images: images.map((effect) => showEffect(effect, language)),
    ...(next !== undefined && { next_cursor: String(next) }),
  }
}

function showEffect(
  { id, name, number, digest, change, before, after }: ImageEffect,
  language: Language,
) {
  return {
    image_id: id,
    name,
    version: number,
    digest,
    change,
    before: showCell(before.cell, language),
    after: showCell(after.cell, language),
  }
}
