import type { Kysely } from 'kysely'

/** Whether an attempt was placed without a GPU because its build had waited for one as long as its policy lets it. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('attempts')
    .addColumn('gpu_waited', 'boolean', (c) => c.notNull().defaultTo(false))
    .execute()
}
