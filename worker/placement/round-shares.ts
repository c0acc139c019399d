import { compareTurns, turnOf } from '../../matrix/fair-share.ts'
import type { Lane } from '../../records/lanes.ts'
import type { Queue } from '../../records/place-waiting.ts'
import type { Served } from '../../records/shares.ts'
import type { UserShare, WaitingProject } from '../../records/user-shares.ts'

/** What a lane has, its project and its user in that, with what the round has placed until now: both change as it goes on. */
export interface LaneShares {
  readonly project: Omit<WaitingProject, 'users'>
  readonly user: UserShare
}

/** What everybody has by now, while a round places one build after the other. */
export interface RoundShares {
  readonly farm: Queue['farm']
  readonly of: (lane: Pick<Lane, 'projectId' | 'user'>) => LaneShares
  readonly take: (lane: Pick<Lane, 'projectId' | 'user'>) => void
  /** What those that took a turn have been served by now; `waiting` are the lanes of which builds are left. */
  readonly served: (waiting: readonly Lane[]) => readonly Served[]
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

interface Account {
  /** What it had been served before the round, and its turns in that: a sum of them would be rounded at each. */
  readonly before: number
  turns: number
  readonly project: Writable<LaneShares['project']>
  readonly users: ReadonlyMap<string, UserAccount>
  readonly taken: Set<string>
}

interface UserAccount {
  readonly before: number
  turns: number
  readonly share: Writable<UserShare>
}

/** A project that had nothing to place has no claim on what it did not use: it is no earlier than all others. Pure. */
export function createRoundShares(queue: Queue): RoundShares {
  const farm = { ...queue.farm }
  const accounts = new Map(
    Array.from(queue.projects.values(), (share) => [
      share.id,
      openAccount(share, farm.virtualTime),
    ]),
  )
  const everywhere = Map.groupBy(
    Array.from(accounts.values(), ({ users }) => [...users.values()]).flat(),
    ({ share }) => share.name,
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
      return { project: account.project, user: userOf(account, user).share }
    },
    take: ({ projectId, user: name }) => {
      const account = accountOf(projectId)
      const user = userOf(account, name)
      farm.running += 1
      account.turns += 1
      account.project.running += 1
      account.project.served = account.before + account.turns / account.project.weight
      account.taken.add(name)
      user.turns += 1
      user.share.running += 1
      user.share.served = user.before + user.turns / user.share.weight
      for (const { share } of everywhere.get(name) ?? []) share.everywhere += 1
    },
    served: (waiting) => {
      const left = Map.groupBy(waiting, ({ projectId }) => projectId)
      return Array.from(accounts.values())
        .filter(({ taken }) => taken.size > 0)
        .map((account) => sumUp(account, left.get(account.project.id) ?? []))
    },
  }
}

function userOf({ users }: Account, name: string): UserAccount {
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
    users: new Map(
      Array.from(users, ([name, user]) => [
        name,
        { before: user.served, turns: 0, share: { ...user } },
      ]),
    ),
    taken: new Set(),
  }
}

function sumUp({ project, users, taken }: Account, waiting: readonly Lane[]): Served {
  const servedOf = (name: string) => users.get(name)?.share.served ?? 0
  const least = waiting.length === 0 ? 0 : Math.min(...waiting.map(({ user }) => servedOf(user)))
  return {
    projectId: project.id,
    served: project.served,
    userVirtualTime: Math.max(project.userVirtualTime, least),
    users: new Map(Array.from(taken, (name) => [name, servedOf(name)])),
  }
}

/** Less than 0 when it is rather the turn of the first: projects take turns, and users by the same rule within them. Pure. */
export function compareLanes(a: LaneShares, b: LaneShares): number {
  if (a.project.id === b.project.id) {
    return compareTurns(turnOf(a.user.name, a.user), turnOf(b.user.name, b.user))
  }
  return compareTurns(turnOf(a.project.id, a.project), turnOf(b.project.id, b.project))
}
