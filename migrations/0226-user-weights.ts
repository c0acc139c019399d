import type { Kysely } from 'kysely'

/** What a user of a project gets against the others while they wait. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('user_turns')
    .addColumn('weight', 'integer', (c) => c.notNull().defaultTo(1))
    .execute()
}
