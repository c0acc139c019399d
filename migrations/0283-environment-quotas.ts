import { type Kysely, sql } from 'kysely'

/** How many environments projects may have, and GPUs for them at once. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table quotas add column environments bigint, add column environment_gpus bigint`.execute(
    db,
  )
}
