import type { Kysely } from 'kysely'

/** What the layer of a save hides of those below it, in bytes. Absent for those of before this was told. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('build_saves').addColumn('hidden_bytes', 'bigint').execute()
}
