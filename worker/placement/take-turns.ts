import type { Lane } from '../../records/lanes.ts'
import type { Queue } from '../../records/place-waiting.ts'
import type { Served } from '../../records/shares.ts'
import type { UserShare, WaitingProject } from '../../records/user-shares.ts'

/** What a lane has, its project and its user in that, with what the round has placed until now: both change as it goes on. */
export interface Turn {
  readonly project: Omit<WaitingProject, 'users'>
  readonly user: UserShare
}

/** Whose turn it is, while a round places one build after the other. */
export interface Turns {
  readonly farm: Queue['farm']
  readonly of: (lane: Pick<Lane, 'projectId' | 'user'>) => Turn
  readonly take: (lane: Pick<Lane, 'projectId' | 'user'>) => void
  /** What those that took a turn have been served by now; `waiting` are the lanes of which builds are left. */
  readonly served: (waiting: readonly Lane[]) => readonly Served[]
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

interface Account {
  /** What it had been served before the round, and its turns in that: a sum of them would be rounded at each. */
  readonly before: number
  turns: number
  readonly project: Writable<Turn['project']>
  readonly users: ReadonlyMap<string, Writable<UserShare>>
  readonly taken: Set<string>
}

/** A project that had nothing to place has no claim on what it did not use: it is no earlier than all others. Pure. */
export function createTurns(queue: Queue): Turns {
  const farm = { ...queue.farm }
  const accounts = new Map(
    Array.from(queue.projects.values(), (share) => [
      share.id,
      openAccount(share, farm.virtualTime),
    ]),
  )
  const everywhere = Map.groupBy(
    Array.from(accounts.values(), ({ users }) => [...users.values()]).flat(),
    ({ name }) => name,
  )
  const accountOf = (id: number): Account => {
    const account = accounts.get(id)
    if (account === undefined) throw new RangeError(`no share of project ${id} was read`)
    return account
  }
  return {
    farm,
    of: ({ projectId, user }) => {
      const account = accountOf(projectId)
      return { project: account.project, user: userOf(account, user) }
    },
    take: ({ projectId, user: name }) => {
      const account = accountOf(projectId)
      const user = userOf(account, name)
      farm.running += 1
      account.turns += 1
      account.project.running += 1
      account.project.served = account.before + account.turns / account.project.weight
      account.taken.add(name)
      user.running += 1
      user.served += 1
      for (const one of everywhere.get(name) ?? []) one.everywhere += 1
    },
    served: (waiting) => {
      const left = Map.groupBy(waiting, ({ projectId }) => projectId)
      return Array.from(accounts.values())
        .filter(({ taken }) => taken.size > 0)
        .map((account) => sumUp(account, left.get(account.project.id) ?? []))
    },
  }
}

function userOf({ users }: Account, name: string): Writable<UserShare> {
  const user = users.get(name)
  if (user === undefined) throw new RangeError(`no share of ${name} was read`)
  return user
}

function openAccount({ users, ...share }: WaitingProject, virtualTime: number): Account {
  const before = Math.max(share.served, virtualTime)
  return {
    before,
    turns: 0,
    project: { ...share, served: before },
    users: new Map(Array.from(users, ([name, user]) => [name, { ...user }])),
    taken: new Set(),
  }
}

function sumUp({ project, users, taken }: Account, waiting: readonly Lane[]): Served {
  const servedOf = (name: string) => users.get(name)?.served ?? 0
  const least = waiting.length === 0 ? 0 : Math.min(...waiting.map(({ user }) => servedOf(user)))
  return {
    projectId: project.id,
    served: project.served,
    userVirtualTime: Math.max(project.userVirtualTime, least),
    users: new Map(Array.from(taken, (name) => [name, servedOf(name)])),
  }
}

/**
 * Less than 0 when it is rather the turn of the first: the project with the fewest running builds for its weight. So
 * however many builds one submits, another gets every place that becomes free until it has its share. Of equals it is that
 * of the one which was served least for its weight. Users within a project take turns by the same rule, below it. What the
 * server tells of positions foresees both. Pure.
 */
export function compareTurns(a: Turn, b: Turn): number {
  if (a.project.id === b.project.id) return compareUsers(a.user, b.user)
  const [one, other] = [a.project, b.project]
  return (
    one.running / one.weight - other.running / other.weight ||
    one.served - other.served ||
    one.id - other.id
  )
}

function compareUsers(a: UserShare, b: UserShare): number {
  return a.running - b.running || a.served - b.served || compareNames(a.name, b.name)
}

function compareNames(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
