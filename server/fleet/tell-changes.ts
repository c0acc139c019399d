import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import { explainReason } from '../../cuda/tables/reasons.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { describeDiff } from '../../cuda/verdict/describe-diff.ts'
import { type Cell, diffMatrices } from '../../cuda/verdict/diff-matrices.ts'
import type { Db, Pool } from '../../records/connect.ts'
import { type Proof, readProofs } from '../../records/evidence.ts'
import { readFacts } from '../../records/image-facts.ts'
import {
  type NodeChange,
  nextChange,
  storeTold,
  type ToldChange,
} from '../../records/node-changes.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import { type GpuClass, groupGpus } from '../gpus/fleet-classes.ts'
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
  readonly classes: readonly GpuClass[]
}

/** What runs where on the farm before and after the change. */
async function readMatrices(db: Db, change: NodeChange) {
  const fleet = (await readFleetGpus(db)).filter(({ nodeId }) => nodeId !== change.nodeId)
  const others = [...Map.groupBy(fleet, ({ nodeId }) => nodeId).values()].map(asNode)
  const { nodeName, arch } = change
  const changed = (gpus: readonly LeasedGpu[]) => [
    asNode(gpus.map((gpu) => ({ gpu, arch, nodeName }))),
  ]
  const [was, is] = [changed(change.before), changed(change.after)]
  const [before, after]: [Cell[], Cell[]] = [[], []]
  for (let last = 0; ;) {
    const page = await readPage(db, last)
    for (const image of await readKnown(db, page)) {
      const elsewhere = judgeOn(image, others)
      before.push(...judgeOn(image, was), ...elsewhere)
      after.push(...judgeOn(image, is), ...elsewhere)
    }
    const end = page.at(-1)
    if (end === undefined || page.length < pageSize) return { before, after }
    last = end.id
  }
}

function asNode(gpus: Parameters<typeof groupGpus>[0]): FleetNode {
  return { name: gpus[0]?.nodeName ?? '', classes: groupGpus(gpus) }
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

interface KnownImage extends PageImage {
  readonly facts: ImageFacts | undefined
  readonly proofs: readonly Proof[]
}

async function readKnown(db: Db, page: readonly PageImage[]): Promise<readonly KnownImage[]> {
  const digests = page.map(({ digest }) => digest)
  const [facts, proofs] = await Promise.all([readFacts(db, digests), readProofs(db, digests)])
  const proofsOf = Map.groupBy(proofs, ({ digest }) => digest)
  return page.map((image) => ({
    ...image,
    facts: facts.get(image.digest),
    proofs: proofsOf.get(image.digest) ?? [],
  }))
}

/** Images that nobody has read, and those that need no GPU, are left out: no change of a GPU changes them. Pure. */
function judgeOn(
  { name: image, facts, proofs }: KnownImage,
  nodes: readonly FleetNode[],
): readonly Cell[] {
  return nodes.flatMap(({ name: node, classes }) => {
    if (classes.length === 0) return []
    const { verdict, reasons } = judgeNode(facts, classes, proofs).cell
    if (verdict === 'unknown' || verdict === 'not_gpu') return []
    return [{ image, node, verdict, reasons: reasons.map(({ code }) => code) }]
  })
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
