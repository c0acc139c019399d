import type { Kysely } from 'kysely'

/** How many steps of a stage were not kept, because there were too many of them. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('stages')
    .addColumn('steps_omitted', 'integer', (c) => c.notNull().defaultTo(0))
    .execute()
}
