import type { Kysely } from 'kysely'

/** Why a node takes no builds until its disk has room again, in words. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('nodes').addColumn('disk_low', 'text').execute()
}
