import type { Logger } from 'pino'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import { pauseAfter } from '#contract/pause-after.ts'
import { explainReason } from '../../cuda/tables/reasons.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import {
  addCounts,
  type Cause,
  describeDiff,
  type DiffCounts,
  noCounts,
} from '../../cuda/verdict/describe-diff.ts'
import type { Db, Pool } from '../../records/connect.ts'
import {
  claimChange,
  giveUpChange,
  type NodeChange,
  postponeChange,
  releaseChange,
  storeTold,
  type ToldChange,
} from '../../records/node-changes.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { type ComparedNode, compareNode } from './compare-node.ts'

/** Longest work on one; whoever takes it has died by then. */
const leaseMs = 10 * 60_000
const maxTries = 5
const pauses = { firstMs: 30_000, maxMs: 10 * 60_000 }

export interface TellDeps {
  readonly db: Pool
  readonly log: Logger
  readonly random: () => number
}

/**
 * Says of the oldest change of a node that nobody has looked at what it means for the images of the library. One that
 * cannot be told holds up no other: it is tried again, and set aside after some tries.
 * @returns whether there may be another one.
 */
export async function tellNextChange(deps: TellDeps, stop: AbortSignal): Promise<boolean> {
  const { db, log, random } = deps
  const change = await claimChange(db, leaseMs)
  if (change === undefined) return false
  try {
    const counts = await countChange(db, change, stop)
    if (stop.aborted) await releaseChange(db, change)
    else await storeTold(db, change, tellChange(change, counts))
  } catch (error) {
    const { id, nodeId, tries } = change
    log.error({ err: error, change: id, nodeId, tries }, 'node change not told')
    if (tries < maxTries) await postponeChange(db, change, pauseAfter(pauses, tries, random()))
    else await giveUpChange(db, change)
  }
  return !stop.aborted
}

/** What of the library runs where on the farm before and after the change. */
async function countChange(db: Db, change: NodeChange, stop: AbortSignal): Promise<DiffCounts> {
  const { nodeName, arch } = change
  const classesOf = (gpus: readonly LeasedGpu[]) =>
    groupGpus(gpus.map((gpu) => ({ gpu, arch, nodeName })))
  // Only then is it asked what runs nowhere else.
  const isWhole = change.before.length === 0 || change.after.length === 0
  const fleet = isWhole ? await readFleetGpus(db) : []
  const node: ComparedNode = {
    name: nodeName,
    before: classesOf(change.before),
    after: classesOf(change.after),
    elsewhere: groupGpus(fleet.filter(({ nodeId }) => nodeId !== change.nodeId)),
  }
  let sum = noCounts
  for await (const { counts } of compareNode(db, node)) {
    if (stop.aborted) break
    sum = addCounts(sum, counts)
  }
  return sum
}

/** A change in words. Pure. */
export function tellChange(
  change: Pick<NodeChange, 'nodeName' | 'before' | 'after'>,
  counts: DiffCounts,
): ToldChange {
  const [was, now] = [change.before.length, change.after.length]
  const cause = causeOf(change)
  const { gained, lost } = counts
  const counted = {
    code: 'GPU_COUNT_CHANGED',
    severity: now < was ? 'error' : 'info',
    params: { was, now },
  } as const
  const findings = [
    ...(cause.kind === 'driver'
      ? [
          {
            code: 'DRIVER_CHANGED',
            severity: 'info',
            params: { from: cause.from, to: cause.to, gained, lost },
          } as const,
        ]
      : []),
    ...(was === now ? [] : [counted]),
  ]
  const say = (language: Language) =>
    [
      ...(was === now ? [] : [explainReason(counted.code, counted.params, language).message]),
      describeDiff(cause, counts, language),
    ].join(language === 'en' ? ' ' : '')
  return { findings, text: { en: say('en'), zh: say('zh') } }
}

function causeOf({
  nodeName: node,
  before,
  after,
}: Pick<NodeChange, 'nodeName' | 'before' | 'after'>): Cause {
  if (before.length === 0) return { kind: 'node_added', node }
  if (after.length === 0) return { kind: 'node_removed', node }
  const [from, to] = [driversOf(before), driversOf(after)]
  return from === to ? { kind: 'gpus', node } : { kind: 'driver', node, from, to }
}

/** The drivers of these GPUs, each once. Pure. */
export function driversOf(gpus: readonly LeasedGpu[]): string {
  return [...new Set(gpus.map(({ driver }) => driver))].toSorted().join(', ')
}
