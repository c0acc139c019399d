import { suggestions } from '../cuda/tables/suggestions.ts'
import type { GpuClass } from './fleet-classes.ts'
import { type Cell, judgeCell } from './judge-cell.ts'
import type { Known } from './read-known.ts'

interface JudgedClass extends GpuClass {
  readonly cell: Cell
}

export interface Fit {
  /** Where nothing says that it will not run. */
  readonly fitting: readonly JudgedClass[]
  /** Where it does not run for the smallest cause; absent while it fits somewhere, and on a farm without GPUs. */
  readonly nearest?: JudgedClass
}

/** On which classes an image is worth starting, and what would have to change when there is none. Pure. */
export function findFit(known: Known, classes: readonly GpuClass[]): Fit {
  const judged = classes.map((each) => ({ ...each, cell: judgeCell(known, each.gpu, each.arch) }))
  const fitting = judged.filter(({ cell }) => cell.verdict !== 'will_not_run')
  if (fitting.length > 0) return { fitting }
  const [nearest] = judged.toSorted((a, b) => effortOf(a.cell) - effortOf(b.cell))
  return { fitting, ...(nearest && { nearest }) }
}

/** Another driver is a smaller change than another image; what nobody knows a change for is the furthest. */
function effortOf({ suggestion }: Cell): number {
  if (suggestion === undefined) return 2
  return suggestions[suggestion.code].owner === 'node' ? 0 : 1
}
