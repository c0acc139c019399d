/** What decides about the turns of one among others: of a project on the farm, or of a user in a project. */
export interface Share {
  /** Builds that run. */
  readonly running: number
  /** Builds that were placed, per weight. */
  readonly served: number
  readonly weight: number
}

/** Where a build comes. */
export interface Turn<Id extends string | number> {
  /** Builds that run when it is taken, for the weight. */
  readonly key: number
  readonly served: number
  /** Whose it is. */
  readonly id: Id
}

/**
 * The turn of a build that has `rank` others of the same share before it. The next place goes to whoever has the fewest
 * running builds for its weight: so however many builds one submits, another gets every place that becomes free until it
 * has its share. Of equals it is the turn of the one that was served least for its weight. Pure.
 */
export function turnOf<Id extends string | number>(
  id: Id,
  { running, served, weight }: Share,
  rank = 0,
): Turn<Id> {
  return { key: (running + rank) / weight, served: served + rank / weight, id }
}

/** Less than 0 when the first is taken before the other. Pure. */
export function compareTurns<Id extends string | number>(a: Turn<Id>, b: Turn<Id>): number {
  if (a.id === b.id) return a.key - b.key
  return a.key - b.key || a.served - b.served || (a.id < b.id ? -1 : 1)
}

/** How many builds of a share would go before a turn, were there enough of them. Pure. */
export function countBefore<Id extends string | number>(
  id: Id,
  share: Share,
  turn: Turn<Id>,
): number {
  const least = Math.max(0, Math.ceil(turn.key * share.weight - share.running))
  // Rounding may be off by one either way: the turns themselves decide.
  let count = Math.max(0, least - 1)
  while (compareTurns(turnOf(id, share, count), turn) < 0) count += 1
  return count
}

/** Builds that wait, of one among those that take turns. */
export interface Waiting<Id extends string | number> {
  readonly id: Id
  readonly share: Share
  readonly count: number
}

/** Less than what two keys are apart that differ: weights are whole numbers up to a thousand. */
const leastStep = 1e-7

/** How many builds of each are among the first `total`. Pure. */
export function shareOut<Id extends string | number>(
  waiting: readonly Waiting<Id>[],
  total: number,
): readonly number[] {
  const upTo = (key: number) =>
    waiting.map(({ share: { running, weight }, count }) =>
      Math.min(count, Math.max(0, Math.floor(key * weight) - running + 1)),
    )
  const ends = waiting.map(({ share: { running, weight }, count }) => (running + count) / weight)
  // All turns before the first of these keys are among them, and none from the second on.
  let [low, high] = [-1, Math.max(0, ...ends) + 1]
  if (sum(upTo(high)) <= total) return upTo(high)
  while (high - low > leastStep) {
    const key = (low + high) / 2
    if (sum(upTo(key)) <= total) low = key
    else high = key
  }
  const shares = upTo(low)
  const more = upTo(high)
  const rest = waiting
    .map(({ id, share }, index) => ({ index, turn: turnOf(id, share, shares[index]) }))
    .filter(({ index }) => (more[index] ?? 0) > (shares[index] ?? 0))
    .toSorted((a, b) => compareTurns(a.turn, b.turn))
    .slice(0, total - sum(shares))
  for (const { index } of rest) shares[index] = (shares[index] ?? 0) + 1
  return shares
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
