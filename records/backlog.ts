import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { countByProject, readRunning } from './known-nodes.ts'
import { type Lane, readLanes } from './lanes.ts'
import { type ProjectShare, readFarmShare, readShares } from './shares.ts'
import { isScheduled } from './waits.ts'

/** Classes of builds, of which one goes whole before the next. */
export type QueueClass = Pick<Lane, 'raised' | 'scheduled'>

/** The waiting builds of one project and class. */
export interface Backlog extends QueueClass {
  readonly project: ProjectShare & { readonly running: number }
}

/** The first class goes first; of equal ones the projects in no order. */
export function compareClasses(a: QueueClass, b: QueueClass): number {
  return b.raised - a.raised || Number(a.scheduled) - Number(b.scheduled)
}

/** Every project and class with waiting builds. */
export async function readBacklogs(db: Db): Promise<readonly Backlog[]> {
  const lanes = await readLanes(db)
  const shares = await readShares(db, [...new Set(lanes.map(({ projectId }) => projectId))])
  const running = countByProject(await readRunning(db))
  const { virtualTime } = await readFarmShare(db)
  const backlogs = new Map<string, Backlog>()
  for (const { projectId, raised, scheduled } of lanes) {
    const share = shares.find(({ id }) => id === projectId)
    if (share === undefined) continue
    const served = Math.max(share.served, virtualTime)
    const project = { ...share, served, running: running.get(projectId) ?? 0 }
    backlogs.set(`${projectId} ${raised} ${scheduled}`, { project, raised, scheduled })
  }
  return [...backlogs.values()].toSorted(compareClasses)
}

/** Waiting, of one project and class: index `builds_queue`. */
const inBacklog = sql`waiting_since is not null and cancel_requested_at is null
  and builds.project_id = backlog.project_id and builds.raised = backlog.raised
  and ${isScheduled} = backlog.scheduled`

function unnest(backlogs: readonly Backlog[], numbers: readonly number[]) {
  return sql`unnest(
    ${backlogs.map(({ project }) => project.id)}::bigint[],
    ${backlogs.map(({ raised }) => raised)}::smallint[],
    ${backlogs.map(({ scheduled }) => scheduled)}::boolean[],
    ${numbers}::bigint[]
  ) with ordinality as backlog (project_id, raised, scheduled, number, place)`
}

/** How many builds wait in each, counted up to its own limit. */
export async function countBacklogs(
  db: Db,
  backlogs: readonly Backlog[],
  limits: readonly number[],
): Promise<readonly number[]> {
  if (backlogs.length === 0) return []
  const { rows } = await sql<{ readonly count: number }>`
    select counted.count from ${unnest(backlogs, limits)}
    cross join lateral (
      select count(*) as count from (select from builds where ${inBacklog} limit backlog.number) as one
    ) as counted
    order by backlog.place`.execute(db)
  return rows.map(({ count }) => count)
}

export interface BacklogBuild {
  readonly id: string
  /** Index into the backlogs that were asked for. */
  readonly backlog: number
  /** Builds of its backlog before it. */
  readonly rank: number
}

/** Up to `limit` builds of each, after so many that are skipped. */
export async function readBacklogBuilds(
  db: Db,
  backlogs: readonly Backlog[],
  skipped: readonly number[],
  limit: number,
): Promise<readonly BacklogBuild[]> {
  if (backlogs.length === 0) return []
  const { rows } = await sql<BacklogBuild>`
    select one.id, (backlog.place - 1)::int as backlog,
      (backlog.number + row_number() over (partition by backlog.place order by one.waiting_since, one.id) - 1)::int as rank
    from ${unnest(backlogs, skipped)}
    cross join lateral (
      select id, waiting_since from builds where ${inBacklog}
      order by waiting_since, id offset backlog.number limit ${limit}
    ) as one`.execute(db)
  return rows
}

/** How many builds of its own project and class go before a build, counted up to a limit. */
export async function readRank(db: Db, id: string, limit: number): Promise<number> {
  const { rows } = await sql<{ readonly rank: number }>`
    select count(*)::int as rank from (
      select from builds as own join builds on builds.project_id = own.project_id
        and builds.raised = own.raised
        and (builds.priority = 'scheduled') = (own.priority = 'scheduled')
        and (builds.waiting_since, builds.id) < (own.waiting_since, own.id)
      where own.id = ${id} and builds.waiting_since is not null and builds.cancel_requested_at is null
      limit ${limit}
    ) as before`.execute(db)
  return rows[0]?.rank ?? 0
}
