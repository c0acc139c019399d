import type { Kysely } from 'kysely'

/** What environments have used, as their nodes tell it, and how much each may write. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('environments')
    .addColumn('disk_bytes', 'bigint')
    .addColumn('cpu_ms', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('cpu_ms_of_start', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('memory_used', 'bigint')
    .addColumn('written_bytes', 'bigint')
    .addColumn('measured_at', 'timestamptz')
    .execute()
}
