import type { Language } from '../tables/reason.ts'
import type { Cell, CellChange } from './diff-matrices.ts'
import { isRunning } from './judgement.ts'

/** What changed a fleet. */
export type Cause =
  | { readonly kind: 'driver'; readonly node: string; readonly from: string; readonly to: string }
  | { readonly kind: 'node_added'; readonly node: string }
  | { readonly kind: 'node_removed'; readonly node: string }
  | { readonly kind: 'image'; readonly image: string }

/** One sentence that says what a change means, from what `diffMatrices` found and the fleet after it. Pure. */
export function describeDiff(
  cause: Cause,
  changes: readonly CellChange[],
  after: readonly Cell[],
  language: Language,
): string {
  return language === 'en' ? inEnglish(cause, changes, after) : inChinese(cause, changes, after)
}

function inEnglish(cause: Cause, changes: readonly CellChange[], after: readonly Cell[]): string {
  const { gained, lost } = countChanges(changes)
  if (cause.kind === 'image') {
    return `${cause.image} now runs on ${plural(gained, 'more node')} and no longer on ${lost}.`
  }
  const { running, all, only, nowhere } = countImages(cause.node, changes, after)
  if (cause.kind === 'driver') {
    return `Changing the driver of ${cause.node} from ${cause.from} to ${cause.to} lets ${plural(gained, 'more image')} run and keeps ${lost} from running.`
  }
  if (cause.kind === 'node_added') {
    return `${cause.node} runs ${running} of ${plural(all, 'image')}, of which ${only} would run nowhere else.`
  }
  return `Without ${cause.node}, ${plural(nowhere, 'image')} that ran on it will run nowhere.`
}

function inChinese(cause: Cause, changes: readonly CellChange[], after: readonly Cell[]): string {
  const { gained, lost } = countChanges(changes)
  if (cause.kind === 'image') {
    return `${cause.image} 现在可多在 ${gained} 个节点上运行，另有 ${lost} 个节点不再能运行。`
  }
  const { running, all, only, nowhere } = countImages(cause.node, changes, after)
  if (cause.kind === 'driver') {
    return `将 ${cause.node} 的驱动从 ${cause.from} 换为 ${cause.to} 后，可多运行 ${gained} 个镜像，另有 ${lost} 个不再能运行。`
  }
  if (cause.kind === 'node_added') {
    return `${cause.node} 可运行 ${all} 个镜像中的 ${running} 个，其中 ${only} 个在别处无法运行。`
  }
  return `没有 ${cause.node} 后，有 ${nowhere} 个曾在其上运行的镜像无处可运行。`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function countChanges(changes: readonly CellChange[]) {
  const count = (which: CellChange['kind']) => changes.filter(({ kind }) => kind === which).length
  return { gained: count('now_runs'), lost: count('no_longer_runs') }
}

function countImages(node: string, changes: readonly CellChange[], after: readonly Cell[]) {
  const here = imagesThatRun(after.filter((cell) => cell.node === node))
  const elsewhere = imagesThatRun(after.filter((cell) => cell.node !== node))
  const ranHere = changes.flatMap(({ kind, before, image }) =>
    kind === 'removed' && before !== undefined && isRunning(before) ? [image] : [],
  )
  return {
    all: after.filter((cell) => cell.node === node).length,
    running: here.size,
    only: here.difference(elsewhere).size,
    nowhere: new Set(ranHere).difference(elsewhere).size,
  }
}

function imagesThatRun(cells: readonly Cell[]): ReadonlySet<string> {
  return new Set(cells.filter(({ verdict }) => isRunning(verdict)).map(({ image }) => image))
}
