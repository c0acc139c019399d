import { sql } from 'kysely'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import { notify } from './notify.ts'
import type { Scope } from './scope.ts'

/** What one project gets of the queue. */
export interface ProjectShare {
  readonly id: number
  readonly name: string
  /** A project of weight 2 gets twice what one of weight 1 gets while both wait. */
  readonly weight: number
  /** Builds of it that run at once at most; `null`: as many as there is room for. */
  readonly maxRunning: number | null
  /** Builds of one user in it that run at once at most. */
  readonly maxPerUser: number | null
  /** Builds that were placed, per weight. */
  readonly served: number
  /** What every user with waiting builds in it has been served at least. */
  readonly userVirtualTime: number
  /** Why nothing of it is placed, in words; `null` while it may be. */
  readonly paused: string | null
  readonly pausedAt: Date | null
}

export interface FarmShare {
  /** Builds that run at once at most; `null`: as many as there is room for. */
  readonly maxRunning: number | null
  /** Builds of one user that run at once at most, in all projects together. */
  readonly maxPerUser: number | null
  /** What every project with waiting builds has been served at least: one that comes anew begins there. */
  readonly virtualTime: number
  /** Why nothing is placed, in words; `null` while it may be. */
  readonly paused: string | null
  readonly pausedAt: Date | null
}

export async function readFarmShare(db: Db): Promise<FarmShare> {
  return db
    .selectFrom('farm_queue')
    .select(['max_running as maxRunning', 'max_running_per_user as maxPerUser'])
    .select('virtual_time as virtualTime')
    .select(['paused_because as paused', 'paused_at as pausedAt'])
    .executeTakeFirstOrThrow()
}

export async function readShares(
  db: Db,
  projectIds: readonly number[],
): Promise<readonly ProjectShare[]> {
  if (projectIds.length === 0) return []
  return selectShares(db)
    .where('projects.id', '=', sql<number>`any(${projectIds}::bigint[])`)
    .execute()
}

export async function readShare(db: Db, projectId: number): Promise<ProjectShare> {
  return selectShares(db).where('projects.id', '=', projectId).executeTakeFirstOrThrow()
}

function selectShares(db: Db) {
  return db
    .selectFrom('projects')
    .leftJoin('project_queues', 'project_queues.project_id', 'projects.id')
    .select(['projects.id', 'projects.name'])
    .select(sql<number>`coalesce(weight, 1)`.as('weight'))
    .select(['max_running as maxRunning', 'max_running_per_user as maxPerUser'])
    .select(['paused_because as paused', 'paused_at as pausedAt'])
    .select(sql<number>`coalesce(served, 0)`.as('served'))
    .select(sql<number>`coalesce(user_virtual_time, 0)`.as('userVirtualTime'))
}

/** What a project and its users have been served. */
export interface Served {
  readonly projectId: number
  readonly served: number
  readonly userVirtualTime: number
  /** Of those of whom something was placed, by name. */
  readonly users: ReadonlyMap<string, number>
}

/** Notes what the projects and users of whom a round has placed something have been served by then. */
export async function storeServed(
  db: Db,
  projects: readonly Served[],
  virtualTime: number,
): Promise<void> {
  const users = projects.flatMap(({ projectId, users: of }) =>
    Array.from(of, ([name, served]) => ({ projectId, name, served })),
  )
  await sql`
    with of_projects as (
      insert into project_queues (project_id, served, user_virtual_time)
      select * from unnest(
        ${projects.map(({ projectId }) => projectId)}::bigint[],
        ${projects.map(({ served }) => served)}::float8[],
        ${projects.map(({ userVirtualTime }) => userVirtualTime)}::float8[])
      on conflict (project_id) do update
      set served = excluded.served, user_virtual_time = excluded.user_virtual_time
    ), of_users as (
      insert into user_turns (project_id, user_name, served)
      select * from unnest(
        ${users.map(({ projectId }) => projectId)}::bigint[],
        ${users.map(({ name }) => name)}::text[],
        ${users.map(({ served }) => served)}::float8[])
      on conflict (project_id, user_name) do update set served = excluded.served
    )
    update farm_queue set virtual_time = ${virtualTime}`.execute(db)
}

export interface FarmChange {
  readonly max_running?: number | null | undefined
  readonly max_running_per_user?: number | null | undefined
}

export interface ShareChange extends FarmChange {
  readonly weight?: number | undefined
}

/** Changes what runs at once on the whole farm; what is absent stays. Builds that run go on. */
export async function changeFarmShare({ farm, actor }: Scope, change: FarmChange): Promise<void> {
  await farm.transaction().execute(async (db) => {
    await db.updateTable('farm_queue').set(change).execute()
    await recordAudit(db, { actor, action: 'queue.change', object: 'farm', detail: change })
    await notify(db, 'kiln_placement')
  })
}

/** Changes what a user of a project gets of its part against the others while they wait. */
export async function changeUserWeight(
  { farm, actor }: Scope,
  { id, name: project }: { readonly id: number; readonly name: string },
  { user, weight }: { readonly user: string; readonly weight: number },
): Promise<void> {
  await farm.transaction().execute(async (db) => {
    await db
      .insertInto('user_turns')
      .values({ project_id: id, user_name: user, served: 0, weight })
      .onConflict((c) => c.columns(['project_id', 'user_name']).doUpdateSet({ weight }))
      .execute()
    const detail = { user, weight }
    await recordAudit(db, { actor, action: 'project.user_weight', object: project, detail })
    await notify(db, 'kiln_placement')
  })
}

export interface UserWeight {
  readonly user: string
  readonly weight: number
}

/** The users of a project whose weight is not the usual one, by name. */
export async function readUserWeights(db: Db, projectId: number): Promise<readonly UserWeight[]> {
  return db
    .selectFrom('user_turns')
    .select(['user_name as user', 'weight'])
    .where('project_id', '=', projectId)
    .where('weight', '<>', 1)
    .orderBy('user_name')
    .execute()
}

/** Changes what a project gets of the queue; what is absent stays. Builds that run go on. */
export async function changeShare(
  { farm, actor }: Scope,
  { id, name }: { readonly id: number; readonly name: string },
  change: ShareChange,
): Promise<void> {
  await farm.transaction().execute(async (db) => {
    await db
      .insertInto('project_queues')
      .values({ project_id: id, ...change })
      .onConflict((c) => c.column('project_id').doUpdateSet(change))
      .execute()
    await recordAudit(db, { actor, action: 'project.queue', object: name, detail: change })
    await notify(db, 'kiln_placement')
  })
}
