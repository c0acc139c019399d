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
  /** Builds that were placed, per weight. */
  readonly served: number
  /** Why nothing of it is placed, in words; `null` while it may be. */
  readonly paused: string | null
  readonly pausedAt: Date | null
}

export interface FarmShare {
  /** Builds that run at once at most; `null`: as many as there is room for. */
  readonly maxRunning: number | null
  /** What every project with waiting builds has been served at least: one that comes anew begins there. */
  readonly virtualTime: number
  /** Why nothing is placed, in words; `null` while it may be. */
  readonly paused: string | null
  readonly pausedAt: Date | null
}

export async function readFarmShare(db: Db): Promise<FarmShare> {
  return db
    .selectFrom('farm_queue')
    .select(['max_running as maxRunning', 'virtual_time as virtualTime'])
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
    .select(['max_running as maxRunning', 'paused_because as paused', 'paused_at as pausedAt'])
    .select(sql<number>`coalesce(served, 0)`.as('served'))
}

/** Notes what the projects have been served by a round. */
export async function storeServed(
  db: Db,
  served: ReadonlyMap<number, number>,
  virtualTime: number,
): Promise<void> {
  await sql`insert into project_queues (project_id, served)
    select * from unnest(${[...served.keys()]}::bigint[], ${[...served.values()]}::float8[])
    on conflict (project_id) do update set served = excluded.served`.execute(db)
  await db.updateTable('farm_queue').set({ virtual_time: virtualTime }).execute()
}

export interface FarmChange {
  readonly max_running?: number | null | undefined
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
