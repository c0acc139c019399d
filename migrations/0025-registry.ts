import { type Kysely, sql } from 'kysely'

/** What was pushed and then refused, and where the registry has told to look again. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('quarantine')
    .addColumn('build_id', 'varchar(64)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('repository', 'varchar(512)', (c) => c.notNull())
    .addColumn('digest', 'varchar(80)', (c) => c.notNull())
    .addColumn('code', 'varchar(64)', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('quarantine_key', ['build_id', 'attempt'])
    .execute()
  await db.schema
    .createTable('registry_hints')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('event_id', 'varchar(128)', (c) => c.notNull().unique())
    .addColumn('type', 'varchar(64)', (c) => c.notNull())
    .addColumn('repository', 'varchar(512)', (c) => c.notNull())
    .addColumn('digest', 'varchar(80)')
    .addColumn('received_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await sql`create index registry_hints_received on registry_hints (received_at)`.execute(db)
}
