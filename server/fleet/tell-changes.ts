import type { LeasedGpu } from '#contract/gpu-lease.ts'
import { explainReason } from '../../cuda/tables/reasons.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { describeDiff } from '../../cuda/verdict/describe-diff.ts'
import { type Cell, diffMatrices } from '../../cuda/verdict/diff-matrices.ts'
import type { Db, Pool } from '../../records/connect.ts'
import { readProofs } from '../../records/evidence.ts'
import { readFacts } from '../../records/image-facts.ts'
import {
  type NodeChange,
  nextChange,
  storeTold,
  type ToldChange,
} from '../../records/node-changes.ts'
import { type NodeGpu, readFleetGpus } from '../../records/node-gpus.ts'
import { groupGpus } from '../gpus/fleet-classes.ts'
import { judgeNode } from '../gpus/judge-node.ts'

const pageSize = 200

/**
 * Says of the oldest change of a node that nobody has looked at what it means for the images of the library.
 * @returns whether there may be another one.
 */
export async function tellNextChange({ db }: { readonly db: Pool }): Promise<boolean> {
  const change = await nextChange(db)
  if (change === undefined) return false
  const { before, after } = await readMatrices(db, change)
  await storeTold(db, change, tellChange(change, before, after))
  return true
}

interface FleetNode {
  readonly name: string
  readonly arch: string
  readonly gpus: readonly LeasedGpu[]
}

/** What runs where on the farm before and after the change. */
async function readMatrices(db: Db, change: NodeChange) {
  const others = groupByNode(await readFleetGpus(db)).filter(({ id }) => id !== change.nodeId)
  const { nodeName: name, arch } = change
  const state = (gpus: readonly LeasedGpu[]) => [{ name, arch, gpus }, ...others]
  const [before, after]: [Cell[], Cell[]] = [[], []]
  for (let last = 0; ;) {
    const page = await readPage(db, last)
    before.push(...(await judgePage(db, page, state(change.before))))
    after.push(...(await judgePage(db, page, state(change.after))))
    const end = page.at(-1)
    if (end === undefined || page.length < pageSize) return { before, after }
    last = end.id
  }
}

function groupByNode(gpus: readonly NodeGpu[]): readonly (FleetNode & { readonly id: string })[] {
  return [...Map.groupBy(gpus, ({ nodeId }) => nodeId)].map(([id, own]) => ({
    id,
    name: own[0]?.nodeName ?? id,
    arch: own[0]?.arch ?? '',
    gpus: own.map(({ gpu }) => gpu),
  }))
}

interface PageImage {
  readonly id: number
  readonly name: string
  readonly digest: string
}

async function readPage(db: Db, after: number): Promise<readonly PageImage[]> {
  const rows = await db
    .selectFrom('images')
    .select(['id', 'name', 'digest'])
    .where('digest', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(pageSize)
    .execute()
  return rows.flatMap(({ digest, ...row }) => (digest === null ? [] : [{ ...row, digest }]))
}

/** Images that nobody has read, and those that need no GPU, are left out: no change of a GPU changes them. */
async function judgePage(
  db: Db,
  page: readonly PageImage[],
  nodes: readonly FleetNode[],
): Promise<readonly Cell[]> {
  const digests = page.map(({ digest }) => digest)
  const [facts, proofs] = await Promise.all([readFacts(db, digests), readProofs(db, digests)])
  return page.flatMap(({ name: image, digest }) =>
    nodes.flatMap(({ name: node, arch, gpus }) => {
      if (gpus.length === 0) return []
      const classes = groupGpus(gpus.map((gpu) => ({ gpu, arch, nodeName: node })))
      const own = proofs.filter((proof) => proof.digest === digest)
      const { verdict, reasons } = judgeNode(facts.get(digest), classes, own).cell
      if (verdict === 'unknown' || verdict === 'not_gpu') return []
      return [{ image, node, verdict, reasons: reasons.map(({ code }) => code) }]
    }),
  )
}

/** A change in words, from what ran where before and after it. Pure. */
export function tellChange(
  change: Pick<NodeChange, 'nodeName' | 'before' | 'after'>,
  before: readonly Cell[],
  after: readonly Cell[],
): ToldChange {
  const { nodeName: node } = change
  const changes = diffMatrices(before, after)
  const [was, now] = [change.before.length, change.after.length]
  const [from, to] = [driversOf(change.before), driversOf(change.after)]
  const count = (kind: string) =>
    changes.filter((each) => each.node === node && each.kind === kind).length
  const params = { from, to, gained: count('now_runs'), lost: count('no_longer_runs') }
  const findings = [
    ...(was > 0 && now > 0 && from !== to
      ? [{ code: 'DRIVER_CHANGED', severity: 'info', params } as const]
      : []),
    ...(was === now
      ? []
      : [
          {
            code: 'GPU_COUNT_CHANGED',
            severity: now < was ? 'error' : 'info',
            params: { was, now },
          } as const,
        ]),
  ]
  const say = (language: Language) =>
    [
      ...findings.map(({ code, params: filled }) => explainReason(code, filled, language).message),
      ...(was === 0 ? [describeDiff({ kind: 'node_added', node }, changes, after, language)] : []),
      ...(now === 0
        ? [describeDiff({ kind: 'node_removed', node }, changes, after, language)]
        : []),
    ].join(language === 'en' ? ' ' : '')
  return { findings, text: { en: say('en'), zh: say('zh') } }
}

function driversOf(gpus: readonly LeasedGpu[]): string {
  return [...new Set(gpus.map(({ driver }) => driver))].toSorted().join(', ')
}
