import type { Kysely } from 'kysely'

/** When each node was last heard: the end of its lease does not say, since a lease can be cut short. `null` until then. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('nodes').addColumn('heard_at', 'timestamptz').execute()
}
