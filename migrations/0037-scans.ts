import { type Kysely, sql } from 'kysely'

/** What the farm's registry is, what its scanner has to say before a name moves, and what it has found since. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('registry_state')
    .addColumn('host', 'varchar(255)', (c) => c.primaryKey())
    .addColumn('kind', 'varchar(16)', (c) => c.notNull())
    .addColumn('version', 'varchar(64)')
    .addColumn('looked_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await sql`alter table projects add column scan_policy jsonb`.execute(db)
  await sql`alter table builds add column scan_policy jsonb`.execute(db)
  await db.schema
    .createTable('scans')
    .addColumn('build_id', 'varchar(64)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('findings', 'jsonb')
    .addColumn('deadline', 'timestamptz', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('asked_at', 'timestamptz')
    .addColumn('ended_at', 'timestamptz')
    .addColumn('later_findings', 'jsonb')
    .addColumn('later_at', 'timestamptz')
    .addPrimaryKeyConstraint('scans_key', ['build_id', 'attempt'])
    .execute()
}
