import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { countByProject, countByUser, type Running } from './known-nodes.ts'
import type { Lane } from './lanes.ts'
import { type ProjectShare, readShares } from './shares.ts'

/** What one user has of a project's part in the queue. */
export interface UserShare {
  /** Empty for nobody: what no user has submitted by name takes turns as if one had. */
  readonly name: string
  /** A user of weight 2 gets twice what one of weight 1 gets in the project while both wait. */
  readonly weight: number
  /** Builds that were placed in the project, per weight. */
  readonly served: number
  /** Builds that run in the project. */
  readonly running: number
  /** Builds that run in all projects together. */
  readonly everywhere: number
}

/** A project of which builds wait, and whose those are. */
export interface WaitingProject extends ProjectShare {
  readonly running: number
  readonly users: ReadonlyMap<string, UserShare>
}

/** The projects of these lanes, with their users, by id. */
export async function readWaitingProjects(
  db: Db,
  lanes: readonly Pick<Lane, 'projectId' | 'user'>[],
  running: readonly Running[],
): Promise<ReadonlyMap<number, WaitingProject>> {
  const [shares, turns] = await Promise.all([
    readShares(db, [...new Set(lanes.map(({ projectId }) => projectId))]),
    readTurns(db, lanes),
  ])
  const counts = countByProject(running)
  const { everywhere, within } = countByUser(running)
  const names = Map.groupBy(lanes, ({ projectId }) => projectId)
  const shareOf = ({ id, userVirtualTime }: ProjectShare, name: string): UserShare => {
    const { served = 0, weight = 1 } = turns.get(keyOf(id, name)) ?? {}
    return {
      name,
      weight,
      // Who had nothing to place has no claim on what they did not use.
      served: Math.max(served, userVirtualTime),
      running: within.get(id)?.get(name) ?? 0,
      everywhere: everywhere.get(name) ?? 0,
    }
  }
  return new Map(
    shares.map((share) => {
      const own = new Set(names.get(share.id)?.map(({ user }) => user))
      const users = new Map(Array.from(own, (name) => [name, shareOf(share, name)]))
      return [share.id, { ...share, running: counts.get(share.id) ?? 0, users }]
    }),
  )
}

const keyOf = (projectId: number, name: string) => `${projectId}/${name}`

async function readTurns(
  db: Db,
  lanes: readonly Pick<Lane, 'projectId' | 'user'>[],
): Promise<ReadonlyMap<string, { readonly served: number; readonly weight: number }>> {
  const { rows } = await sql<{ id: number; name: string; served: number; weight: number }>`
    select project_id as id, user_name as name, served, weight from user_turns
    where (project_id, user_name) in (
      select * from unnest(
        ${lanes.map(({ projectId }) => projectId)}::bigint[], ${lanes.map(({ user }) => user)}::text[]))`.execute(
    db,
  )
  return new Map(rows.map(({ id, name, ...turns }) => [keyOf(id, name), turns]))
}
