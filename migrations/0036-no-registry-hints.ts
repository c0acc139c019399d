import type { Kysely } from 'kysely'

/** What a registry tells has its versions looked at at once, and is not kept. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.dropTable('registry_hints').execute()
}
