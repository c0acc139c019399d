import { type Kysely, sql } from 'kysely'

/** What projects have in volumes of their own, and may have. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table quotas add column volume_bytes bigint`.execute(db)
  await sql`
    create table volume_use (
      project_id bigint not null references projects (id),
      volume text not null,
      bytes bigint not null,
      measured_at timestamptz not null default now(),
      primary key (project_id, volume)
    )`.execute(db)
}
