import { type Kysely, sql } from 'kysely'

/**
 * Lines move from `build_logs` into files: here is one row for each of them. The server takes what `build_logs` still
 * holds into files when it starts; a later migration drops that table.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('logs')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('lines', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('raw_bytes', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('stored_bytes', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('sealed_at', 'timestamptz')
    .addColumn('used_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('dropped_at', 'timestamptz')
    .addPrimaryKeyConstraint('logs_pkey', ['build_id', 'attempt'])
    .execute()
  await sql`create index logs_unsealed on logs (build_id) where sealed_at is null`.execute(db)
  await sql`create index logs_kept on logs (used_at) where sealed_at is not null and dropped_at is null`.execute(
    db,
  )
}
