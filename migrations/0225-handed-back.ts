import type { Kysely } from 'kysely'

/** Attempts that a node had not ended when it left because it was told to stop. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('attempts')
    .addColumn('handed_back', 'boolean', (c) => c.notNull().defaultTo(false))
    .execute()
}
