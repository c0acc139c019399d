import type { Kysely } from 'kysely'

/** Under which of the operator's keys a key of the farm is sealed; absent for one that is not. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('farm_keys').addColumn('wrapped_by', 'text').execute()
}
