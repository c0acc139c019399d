import type { Kysely } from 'kysely'

/** The steps of each stage that runs on a node, and what the frontend warns of. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('steps')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('stage', 'varchar(16)', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('line', 'integer')
    .addColumn('started_at', 'timestamptz', (c) => c.notNull())
    .addColumn('duration_ms', 'bigint')
    .addColumn('cached', 'boolean', (c) => c.notNull())
    .addColumn('broke_cache', 'boolean', (c) => c.notNull())
    .addColumn('error', 'text')
    .addColumn('transferred_bytes', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('steps_pkey', ['build_id', 'attempt', 'stage', 'number'])
    .execute()
  await db.schema
    .createTable('warnings')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('stage', 'varchar(16)', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('line', 'integer')
    .addColumn('url', 'text')
    .addColumn('detail', 'jsonb', (c) => c.notNull())
    .addPrimaryKeyConstraint('warnings_pkey', ['build_id', 'attempt', 'stage', 'number'])
    .execute()
}
