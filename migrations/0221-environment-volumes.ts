import type { Kysely } from 'kysely'

/** What nodes offer that environments have in them, and where. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('environments')
    .addColumn('volumes', 'jsonb', (c) => c.notNull().defaultTo('[]'))
    .execute()
}
