import { type Kysely, sql } from 'kysely'

/** How much a project may have of what is everybody's; `null` as much as there is. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table quotas (
      project_id bigint primary key references projects (id),
      builds_queued bigint,
      images bigint,
      context_bytes bigint,
      log_bytes bigint,
      gpu_minutes bigint,
      registry_bytes bigint
    )`.execute(db)
}
