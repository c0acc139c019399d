import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { readRunning } from './known-nodes.ts'
import { type Lane, readLanes } from './lanes.ts'
import { type ProjectShare, readFarmShare } from './shares.ts'
import { readWaitingProjects, type UserShare } from './user-shares.ts'
import { isScheduled } from './waits.ts'

/** Classes of builds, of which one goes whole before the next. */
export type QueueClass = Pick<Lane, 'raised' | 'scheduled'>

/** The waiting builds of one project and class. */
export interface Backlog extends QueueClass {
  readonly project: ProjectShare & { readonly running: number }
  /** Whose builds they are. */
  readonly users: readonly UserShare[]
  /** Builds of one user that run at once at most, as the project and the farm have it. */
  readonly maxPerUser: number | null
}

/** The first class goes first; of equal ones the projects in no order. */
export function compareClasses(a: QueueClass, b: QueueClass): number {
  return b.raised - a.raised || Number(a.scheduled) - Number(b.scheduled)
}

/** Every project and class with waiting builds. */
export async function readBacklogs(db: Db): Promise<readonly Backlog[]> {
  const lanes = await readLanes(db)
  const projects = await readWaitingProjects(db, lanes, await readRunning(db))
  const { virtualTime, maxPerUser } = await readFarmShare(db)
  const byClass = Map.groupBy(
    lanes,
    ({ projectId, raised, scheduled }) => `${projectId} ${raised} ${scheduled}`,
  )
  const backlogs = Array.from(byClass.values()).flatMap((own): readonly Backlog[] => {
    const [lane] = own
    const share = lane && projects.get(lane.projectId)
    if (lane === undefined || share === undefined) return []
    const { users: known, ...project } = share
    const served = Math.max(project.served, virtualTime)
    const names = new Set(own.map(({ user }) => user))
    const users = [...names].flatMap((name) => known.get(name) ?? [])
    const caps = [project.maxPerUser, maxPerUser].flatMap((cap) => cap ?? [])
    const least = caps.length === 0 ? null : Math.min(...caps)
    const { raised, scheduled } = lane
    return [{ raised, scheduled, project: { ...project, served }, users, maxPerUser: least }]
  })
  return backlogs.toSorted(compareClasses)
}

/** Waiting, of one project and class: index `builds_user_queue`. */
const inBacklog = sql`waiting_since is not null and cancel_requested_at is null
  and builds.project_id = backlog.project_id and builds.raised = backlog.raised
  and ${isScheduled} = backlog.scheduled`

const keysOf = (backlogs: readonly Backlog[]) => sql`
  ${backlogs.map(({ project }) => project.id)}::bigint[],
  ${backlogs.map(({ raised }) => raised)}::smallint[],
  ${backlogs.map(({ scheduled }) => scheduled)}::boolean[]`

/** How many builds wait in each, counted up to its own limit. */
export async function countBacklogs(
  db: Db,
  backlogs: readonly Backlog[],
  limits: readonly number[],
): Promise<readonly number[]> {
  if (backlogs.length === 0) return []
  const { rows } = await sql<{ readonly count: number }>`
    select counted.count from unnest(${keysOf(backlogs)}, ${limits}::bigint[])
      with ordinality as backlog (project_id, raised, scheduled, most, place)
    cross join lateral (
      select count(*) as count from (select from builds where ${inBacklog} limit backlog.most) as one
    ) as counted
    order by backlog.place`.execute(db)
  return rows.map(({ count }) => count)
}

/** The waiting builds of one user in a backlog. */
export interface UserBacklog {
  readonly backlog: Backlog
  /** Name; empty for nobody. */
  readonly user: string
}

/** The same with how many builds wait in each, counted up to its own limit. */
export async function countUserBacklogs<Part extends UserBacklog & { readonly limit: number }>(
  db: Db,
  parts: readonly Part[],
): Promise<readonly (Part & { readonly count: number })[]> {
  if (parts.length === 0) return []
  const { rows } = await sql<{ readonly count: number }>`
    select counted.count from unnest(
      ${keysOf(parts.map(({ backlog }) => backlog))},
      ${parts.map(({ user }) => user)}::text[], ${parts.map(({ limit }) => limit)}::bigint[]
    ) with ordinality as backlog (project_id, raised, scheduled, submitted_by, most, place)
    cross join lateral (
      select count(*) as count from (
        select from builds where ${inBacklog} and builds.submitted_by = backlog.submitted_by
        limit backlog.most
      ) as one
    ) as counted
    order by backlog.place`.execute(db)
  return parts.map((part, index) => ({ ...part, count: rows[index]?.count ?? 0 }))
}

export interface BacklogBuild {
  readonly id: string
  /** Index into the parts that were asked for. */
  readonly part: number
  /** Builds of its user and backlog before it. */
  readonly rank: number
}

/** Up to `limit` builds of each, after so many that are skipped. */
export async function readBacklogBuilds(
  db: Db,
  parts: readonly (UserBacklog & { readonly skip: number; readonly limit: number })[],
): Promise<readonly BacklogBuild[]> {
  if (parts.length === 0) return []
  const { rows } = await sql<BacklogBuild>`
    select one.id, (backlog.place - 1)::int as part,
      (backlog.skip + row_number() over (partition by backlog.place order by one.waiting_since, one.id) - 1)::int as rank
    from unnest(
      ${keysOf(parts.map(({ backlog }) => backlog))},
      ${parts.map(({ user }) => user)}::text[],
      ${parts.map(({ skip }) => skip)}::bigint[], ${parts.map(({ limit }) => limit)}::bigint[]
    ) with ordinality as backlog (project_id, raised, scheduled, submitted_by, skip, most, place)
    cross join lateral (
      select id, waiting_since from builds
      where ${inBacklog} and builds.submitted_by = backlog.submitted_by
      order by waiting_since, id offset backlog.skip limit backlog.most
    ) as one`.execute(db)
  return rows
}

/** How many builds of its own user, project and class go before a build, counted up to a limit. */
export async function readRank(db: Db, id: string, limit: number): Promise<number> {
  const { rows } = await sql<{ readonly rank: number }>`
    select count(*)::int as rank from (
      select from builds as own join builds on builds.project_id = own.project_id
        and builds.raised = own.raised
        and (builds.priority = 'scheduled') = (own.priority = 'scheduled')
        and builds.submitted_by = own.submitted_by
        and (builds.waiting_since, builds.id) < (own.waiting_since, own.id)
      where own.id = ${id} and builds.waiting_since is not null and builds.cancel_requested_at is null
      limit ${limit}
    ) as before`.execute(db)
  return rows[0]?.rank ?? 0
}
