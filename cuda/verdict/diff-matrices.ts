import { isRunning, type Verdict, verdicts } from './judgement.ts'

/** What is known of one image on one node. */
export interface Cell {
  readonly image: string
  readonly node: string
  readonly verdict: Verdict
  /** Codes of the reasons. */
  readonly reasons: readonly string[]
}

export interface CellChange {
  readonly image: string
  readonly node: string
  /** `better`, `worse` and `reasons` leave it as runnable as it was. */
  readonly kind:
    | 'now_runs'
    | 'no_longer_runs'
    | 'better'
    | 'worse'
    | 'reasons'
    | 'added'
    | 'removed'
  readonly before?: Verdict
  readonly after?: Verdict
  readonly gained: readonly string[]
  readonly lost: readonly string[]
}

/** What is different between two states of a fleet, in the order of the later one, then what is gone. Pure. */
export function diffMatrices(
  before: readonly Cell[],
  after: readonly Cell[],
): readonly CellChange[] {
  const key = ({ image, node }: Cell) => JSON.stringify([image, node])
  const earlier = new Map(before.map((cell) => [key(cell), cell]))
  const later = new Set(after.map(key))
  return [
    ...after.flatMap((cell) => compareCells(earlier.get(key(cell)), cell)),
    ...before.filter((cell) => !later.has(key(cell))).flatMap((cell) => compareCells(cell)),
  ]
}

function compareCells(before?: Cell, after?: Cell): readonly CellChange[] {
  const { image = '', node = '' } = after ?? before ?? {}
  const [old, now] = [new Set(before?.reasons), new Set(after?.reasons)]
  const gained = [...now.difference(old)]
  const lost = [...old.difference(now)]
  const kind = kindOf(before?.verdict, after?.verdict)
  if (kind === 'reasons' && gained.length + lost.length === 0) return []
  return [
    {
      image,
      node,
      kind,
      ...(before && { before: before.verdict }),
      ...(after && { after: after.verdict }),
      gained,
      lost,
    },
  ]
}

function kindOf(before?: Verdict, after?: Verdict): CellChange['kind'] {
  if (before === undefined) return 'added'
  if (after === undefined) return 'removed'
  if (isRunning(before) !== isRunning(after))
    return isRunning(after) ? 'now_runs' : 'no_longer_runs'
  if (before === after) return 'reasons'
  return verdicts.indexOf(after) < verdicts.indexOf(before) ? 'better' : 'worse'
}
