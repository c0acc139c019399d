import type { Kysely } from 'kysely'

/** What the image of a push takes more of the registry, so that pushes at once count each other. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('pushes').addColumn('new_bytes', 'bigint').execute()
}
