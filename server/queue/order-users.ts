import type { UserShare } from '../../records/user-shares.ts'

type User = Pick<UserShare, 'name' | 'running' | 'served'>

/**
 * Where a build comes among those of its project and class. Users take turns by what they have running, all with the same
 * weight; of equals the one goes that was served least. So the build after `rank` others of its user comes when that has
 * `running + rank`, and who is first of equals stays so.
 */
export interface UserTurn {
  readonly level: number
  readonly debt: number
  readonly name: string
}

export function userTurnOf({ name, running, served }: User, rank: number): UserTurn {
  return { level: running + rank, debt: served - running, name }
}

export function compareUserTurns(a: UserTurn, b: UserTurn): number {
  return a.level - b.level || compareEquals(a, b)
}

function compareEquals(a: UserTurn, b: UserTurn): number {
  return a.debt - b.debt || (a.name === b.name ? 0 : a.name < b.name ? -1 : 1)
}

/** How many builds of a user would go before a turn, were there enough of them. Pure. */
export function countUserBefore(user: User, turn: UserTurn): number {
  const isFirst = compareEquals(userTurnOf(user, 0), turn) < 0
  return Math.max(0, turn.level - user.running + (isFirst ? 1 : 0))
}

interface Waiting {
  readonly user: User
  readonly count: number
}

/** How many builds of each user are among the first `total` of their project and class. Pure. */
export function shareOut(waiting: readonly Waiting[], total: number): readonly number[] {
  const upTo = (level: number) =>
    waiting.map(({ user, count }) => Math.min(count, Math.max(0, level - user.running)))
  let [low, high] = [0, Math.max(0, ...waiting.map(({ user, count }) => user.running + count))]
  while (low < high) {
    const level = Math.ceil((low + high) / 2)
    if (sum(upTo(level)) <= total) low = level
    else high = level - 1
  }
  const shares = [...upTo(low)]
  let rest = total - sum(shares)
  const next = waiting
    .map(({ user, count }, index) => ({ index, count, turn: userTurnOf(user, shares[index] ?? 0) }))
    .filter(({ index, count, turn }) => turn.level === low && (shares[index] ?? 0) < count)
    .toSorted((a, b) => compareUserTurns(a.turn, b.turn))
  for (const { index } of next) {
    if (rest === 0) break
    shares[index] = (shares[index] ?? 0) + 1
    rest -= 1
  }
  return shares
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
