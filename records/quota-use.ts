import { sql } from 'kysely'
import type { QuotaName } from '#contract/quota.ts'
import type { Db } from './connect.ts'
import { ownVolumes } from './volume-use.ts'
import { readUsage } from './registry-usage.ts'

/** How much of each a project has now. */
export const countUse: Readonly<Record<QuotaName, (db: Db, projectId: number) => Promise<number>>> =
  {
    builds_queued: async (db, projectId) =>
      count(
        db,
        sql`select count(*) as use from builds
        where project_id = ${projectId} and status = 'building' and not exists (
          select from attempts where build_id = builds.id and finished_at is null)`,
      ),
    /** With those that are being built for the first time. */
    images: async (db, projectId) =>
      count(
        db,
        sql`select count(*) as use from (
        select repository, tag from images where project_id = ${projectId} and deleted_at is null
        union select repository, tag from builds
        where project_id = ${projectId} and status = 'building') as names`,
      ),
    context_bytes: async (db, projectId) =>
      count(
        db,
        sql`select sum(bytes) as use from contexts join project_contexts using (digest)
        where project_id = ${projectId} and dropped_at is null`,
      ),
    log_bytes: async (db, projectId) =>
      count(
        db,
        sql`select sum(stored_bytes) as use from logs join builds on builds.id = build_id
        where project_id = ${projectId} and dropped_at is null`,
      ),
    gpu_minutes: async (db, projectId) =>
      count(
        db,
        sql`select ceil(sum(extract(epoch from coalesce(released_at, now()) - granted_at)) / 60) as use
        from gpu_leases left join builds on builds.id = build_id
        left join environments on environments.id = environment_id
        where coalesce(builds.project_id, environments.project_id) = ${projectId} and granted_at > now() - interval '30 days'`,
      ),
    /** With what is set aside for those that are being pushed, until they are published and count as that. */
    registry_bytes: async (db, projectId) => {
      const pushed = await count(
        db,
        sql`select sum(new_bytes) as use from pushes join builds on builds.id = build_id and builds.attempt = pushes.attempt
        where pushes.project_id = ${projectId} and builds.status = 'building' and builds.digest is null`,
      )
      return (await readUsage(db, projectId)).bytes + pushed
    },
    /** As nodes have measured it last, of those that are offered: what of others stays is of no use to anyone. */
    volume_bytes: async (db, projectId) =>
      count(
        db,
        sql`select sum(bytes) as use from volume_use
        where project_id = ${projectId} and volume in (${ownVolumes})`,
      ),
    /** Also those at rest: their files stay on their nodes. */
    environments: async (db, projectId) =>
      count(
        db,
        sql`select count(*) as use from environments
        where project_id = ${projectId} and deleted_at is null`,
      ),
    /** Each has one, from when it waits for it. */
    environment_gpus: async (db, projectId) =>
      count(
        db,
        sql`select count(*) as use from environments
        where project_id = ${projectId} and gpu and deleted_at is null and state not in ('stopped', 'failed')`,
      ),
  }

async function count(db: Db, query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await sql<{ use: number }>`
    select coalesce(use, 0)::bigint as use from (${query}) as counted`.execute(db)
  return rows[0]?.use ?? 0
}
