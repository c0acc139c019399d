import type { Language } from '../tables/reason.ts'
import { compareVersions } from '../tables/version.ts'
import type { Cell, CellChange } from './diff-matrices.ts'
import { isRunning } from './judgement.ts'

/** What changed a node. */
export type Cause =
  /** `from` and `to` are versions; several, with commas between, where the GPUs of a node have different ones. */
  | { readonly kind: 'driver'; readonly node: string; readonly from: string; readonly to: string }
  | { readonly kind: 'gpus'; readonly node: string }
  | { readonly kind: 'node_added'; readonly node: string }
  | { readonly kind: 'node_removed'; readonly node: string }

/** What a change of a node means, in images. */
export interface DiffCounts {
  /** Those that it runs only since the change. */
  readonly gained: number
  /** Those that it runs no more. */
  readonly lost: number
  /** Those that are known on the node after the change, how many of them it runs, and how many nothing else does. */
  readonly all: number
  readonly running: number
  readonly only: number
  /** Those that ran on it before and run nowhere now. */
  readonly nowhere: number
}

export const noCounts: DiffCounts = {
  gained: 0,
  lost: 0,
  all: 0,
  running: 0,
  only: 0,
  nowhere: 0,
}

/** Counts of whole images may be added up, image by image. */
export function addCounts(a: DiffCounts, b: DiffCounts): DiffCounts {
  return {
    gained: a.gained + b.gained,
    lost: a.lost + b.lost,
    all: a.all + b.all,
    running: a.running + b.running,
    only: a.only + b.only,
    nowhere: a.nowhere + b.nowhere,
  }
}

/** Counts what `diffMatrices` found about one node; `after` is the fleet after the change. Pure. */
export function countDiff(
  node: string,
  changes: readonly CellChange[],
  after: readonly Cell[],
): DiffCounts {
  const here = after.filter((cell) => cell.node === node)
  const running = imagesThatRun(here)
  const elsewhere = imagesThatRun(after.filter((cell) => cell.node !== node))
  const own = changes.filter((change) => change.node === node)
  const ranHere = own.flatMap(({ kind, before, image }) =>
    kind === 'removed' && before !== undefined && isRunning(before) ? [image] : [],
  )
  return {
    gained: own.filter(({ kind }) => kind === 'now_runs').length,
    lost: own.filter(({ kind }) => kind === 'no_longer_runs').length,
    all: here.length,
    running: running.size,
    only: running.difference(elsewhere).size,
    nowhere: new Set(ranHere).difference(elsewhere).size,
  }
}

function imagesThatRun(cells: readonly Cell[]): ReadonlySet<string> {
  return new Set(cells.filter(({ verdict }) => isRunning(verdict)).map(({ image }) => image))
}

/** One sentence that says what a change means. Pure. */
export function describeDiff(cause: Cause, counts: DiffCounts, language: Language): string {
  return language === 'en' ? inEnglish(cause, counts) : inChinese(cause, counts)
}

function inEnglish(
  cause: Cause,
  { gained, lost, running, all, only, nowhere }: DiffCounts,
): string {
  const { node } = cause
  const more = `${gained} more ${gained === 1 ? 'image' : 'images'} run`
  switch (cause.kind) {
    case 'driver': {
      const verb = { up: 'Upgrading', down: 'Downgrading', other: 'Changing' }[directionOf(cause)]
      return `${verb} ${node} from driver ${cause.from} to ${cause.to} lets ${more} and stops ${lost}.`
    }
    case 'gpus':
      return `The GPUs that ${node} has now let ${more} and stop ${lost}.`
    case 'node_added':
      return `${node} runs ${running} of ${plural(all, 'image')}, of which ${only} would run nowhere else.`
    case 'node_removed':
    default:
      return `Without ${node}, ${plural(nowhere, 'image')} that ran on it will run nowhere.`
  }
}

function inChinese(
  cause: Cause,
  { gained, lost, running, all, only, nowhere }: DiffCounts,
): string {
  const { node } = cause
  const more = `可多运行 ${gained} 个镜像，另有 ${lost} 个不再能运行。`
  switch (cause.kind) {
    case 'driver': {
      const verb = { up: '升级到', down: '降级到', other: '换为' }[directionOf(cause)]
      return `将 ${node} 的驱动从 ${cause.from} ${verb} ${cause.to} 后，${more}`
    }
    case 'gpus':
      return `${node} 现有的 GPU ${more}`
    case 'node_added':
      return `${node} 可运行 ${all} 个镜像中的 ${running} 个，其中 ${only} 个在别处无法运行。`
    case 'node_removed':
    default:
      return `没有 ${node} 后，有 ${nowhere} 个曾在其上运行的镜像无处可运行。`
  }
}

function directionOf({ from, to }: { readonly from: string; readonly to: string }) {
  if (from.includes(',') || to.includes(',')) return 'other'
  return compareVersions(from, to) < 0 ? 'up' : 'down'
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
