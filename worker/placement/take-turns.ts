import type { Queue } from '../../records/place-waiting.ts'
import type { ProjectShare } from '../../records/shares.ts'

/** What one project has at a moment of a round. */
export interface Turn extends ProjectShare {
  /** Builds of it that run, with those that this round has placed. */
  readonly running: number
}

/** Which project's turn it is, while a round places one build after the other. */
export interface Turns {
  readonly farm: () => Queue['farm']
  readonly of: (projectId: number) => Turn
  readonly take: (projectId: number) => void
  /** What those that took a turn have been served by now. */
  readonly served: () => ReadonlyMap<number, number>
}

/** A project that had nothing to place has no claim on what it did not use: it is no earlier than all others. Pure. */
export function createTurns({ farm, projects }: Queue): Turns {
  const taken = new Map<number, number>()
  let { running } = farm
  const of = (id: number) => {
    const share = projects.get(id)
    if (share === undefined) throw new RangeError(`no share of project ${id} was read`)
    const turns = taken.get(id) ?? 0
    const served = Math.max(share.served, farm.virtualTime) + turns / share.weight
    return { ...share, running: share.running + turns, served }
  }
  return {
    farm: () => ({ ...farm, running }),
    of,
    take: (id) => {
      taken.set(id, (taken.get(id) ?? 0) + 1)
      running += 1
    },
    served: () => new Map(Array.from(taken.keys(), (id) => [id, of(id).served])),
  }
}

/**
 * Less than 0 when it is rather the turn of the first: the project with the fewest running builds for its weight. So
 * however many builds one submits, another gets every place that becomes free until it has its share. Of equals it is that
 * of the one which was served least for its weight. What the server tells of positions foresees this. Users within a
 * project are to take turns by the same rule, below it, once builds know whose they are. Pure.
 */
export function compareTurns(a: Turn, b: Turn): number {
  return a.running / a.weight - b.running / b.weight || a.served - b.served || a.id - b.id
}
