import type { Kysely } from 'kysely'

/** What environments take of the disk of a node, as it tells. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('nodes').addColumn('environment_disk', 'jsonb').execute()
}
