import type { Kysely } from 'kysely'

/** Whether nodes fetch new versions of a project's images before anybody starts from them. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('projects')
    .addColumn('pull_ahead', 'boolean', (c) => c.notNull().defaultTo(true))
    .execute()
}
