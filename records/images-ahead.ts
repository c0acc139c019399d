import { sql } from 'kysely'
import type { NodeEnvironments } from '#contract/environment.ts'
import type { Db, Pool } from './connect.ts'

/** Of which images nodes have versions ready: of none, of those that people start environments from, of all. */
export type AheadMode = 'off' | 'used' | 'all'

/** A version that is older than this when somebody looks at it is not fetched any more. */
const freshFor = '1 day'
/** An image from which nobody has started for so long is not one that people start from. */
const usedWithin = '30 days'
/** A node that has not said for so long that it pulls does not. */
const silentAfter = '1 minute'
/** Key of the lock that lets one node at a time take an image up: two would count on the same place. */
const aheadLock = 7_164_004

export interface NewVersion {
  readonly id: number
  readonly digest: string
}

/** Versions to which a name points and of which nobody has decided yet who is to have them ready. */
export async function readUnplanned(db: Db, limit: number): Promise<readonly NewVersion[]> {
  return db
    .selectFrom('versions')
    .innerJoin('images', 'images.current_version_id', 'versions.id')
    .select(['versions.id', 'versions.digest'])
    .where('ahead_planned_at', 'is', null)
    .orderBy('versions.id')
    .limit(limit)
    .execute()
}

/**
 * Notes which nodes are to have a version ready: none of a version that is not new any more, or not wanted, be it by its
 * project.
 */
export async function planAhead(
  pool: Pool,
  { id }: NewVersion,
  nodes: readonly string[],
  mode: AheadMode,
): Promise<void> {
  const isUsed = sql`exists (
    select from environments join versions as other on other.id = environments.version_id
    where other.image_id = versions.image_id and environments.created_at > now() - ${usedWithin}::interval)`
  await sql`
    with planned as (
      update versions set ahead_planned_at = now() where id = ${id} and ahead_planned_at is null
      returning id, image_id, created_at
    )
    insert into images_ahead (node_id, version_id)
    select nodes.id, versions.id from planned as versions
    join images on images.id = versions.image_id
    join projects on projects.id = images.project_id and pull_ahead
    cross join nodes
    where nodes.id = any(${[...nodes]}::text[]) and nodes.removed_at is null
      and coalesce((inventory->>'environments')::boolean, false)
      and versions.created_at > now() - ${freshFor}::interval
      and (${mode === 'all'} or (${mode === 'used'} and ${isUsed}))
    on conflict do nothing`.execute(pool)
}

/**
 * What a node is to fetch now: what it fetches already, or the first that waits for it, when the node does nothing else and
 * fewer than `atOnce` of the farm's nodes fetch something.
 */
export async function nextAhead(pool: Pool, nodeId: string, atOnce: number) {
  const own = await pool
    .selectFrom('images_ahead')
    .select('state')
    .where('node_id', '=', nodeId)
    .where('state', 'in', ['waiting', 'pulling'])
    .orderBy('state')
    .limit(1)
    .executeTakeFirst()
  if (own === undefined) return undefined
  if (own.state === 'waiting' && !(await takeUp(pool, nodeId, atOnce))) return undefined
  return pool
    .selectFrom('images_ahead')
    .innerJoin('versions', 'versions.id', 'version_id')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .innerJoin('projects', 'projects.id', 'images.project_id')
    .select(['projects.name as project', 'images.repository', 'versions.digest', 'versions.size'])
    .where('node_id', '=', nodeId)
    .where('state', '=', 'pulling')
    .executeTakeFirst()
}

async function takeUp(pool: Pool, nodeId: string, atOnce: number): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    await sql`select pg_advisory_xact_lock(${aheadLock})`.execute(db)
    const { rows } = await sql<{ readonly version_id: number }>`
      update images_ahead set state = 'pulling', told_at = now()
      where node_id = ${nodeId} and version_id = (
        select version_id from images_ahead
        join versions on versions.id = version_id and deleted_at is null
        where node_id = ${nodeId} and state = 'waiting' order by images_ahead.created_at, version_id limit 1)
      and exists (
        select from nodes where id = ${nodeId} and disk_low is null and drained_because is null
          and cordoned_because is null)
      and not exists (select from attempts where node_id = ${nodeId} and finished_at is null)
      and ${atOnce} > (
        select count(*) from images_ahead
        where state = 'pulling' and told_at > now() - ${silentAfter}::interval)
      returning version_id`.execute(db)
    return rows.length > 0
  })
}

/** Notes what a node says of what it was told to fetch. */
export async function noteAhead(
  db: Db,
  nodeId: string,
  { digest, state, message }: NonNullable<NodeEnvironments['image']>,
): Promise<void> {
  await db
    .updateTable('images_ahead')
    .set({ state, message, told_at: sql<Date>`now()` })
    .where('node_id', '=', nodeId)
    .where('state', '=', 'pulling')
    .where(sql<boolean>`version_id in (select id from versions where digest = ${digest})`)
    .execute()
}

/** The repository of an image that a node is to fetch now; `undefined` when it is not. */
export async function findAhead(
  db: Db,
  nodeId: string,
  digest: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('images_ahead')
    .innerJoin('versions', 'versions.id', 'version_id')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select('images.repository')
    .where('node_id', '=', nodeId)
    .where('state', '=', 'pulling')
    .where('versions.digest', '=', digest)
    .executeTakeFirst()
  return row?.repository
}

/** How many there are in each state on all nodes, and what those images have in the registry, in bytes. */
export async function countAllAhead(db: Db) {
  return db
    .selectFrom('images_ahead')
    .innerJoin('versions', 'versions.id', 'version_id')
    .select('state')
    .select((select) => select.fn.countAll<number>().as('count'))
    .select(sql<number>`coalesce(sum(size), 0)::bigint`.as('bytes'))
    .groupBy('state')
    .execute()
}

/** How many a node has in each state. */
export async function countAhead(db: Db, nodeId: string) {
  const rows = await db
    .selectFrom('images_ahead')
    .select('state')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('node_id', '=', nodeId)
    .groupBy('state')
    .execute()
  const counts = { waiting: 0, pulling: 0, done: 0, failed: 0 }
  for (const { state, count } of rows) counts[state] = count
  return counts
}
