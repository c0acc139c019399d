import { type Kysely, sql } from 'kysely'

/** Which attempts push or wait for it, and whether the registry takes anything at the moment. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('pushes')
    .addColumn('build_id', 'varchar(64)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('asked_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('seen_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('granted_at', 'timestamptz')
    .addColumn('reason', 'text')
    .addPrimaryKeyConstraint('pushes_key', ['build_id', 'attempt'])
    .execute()
  await sql`
    create index builds_pushing on builds (id)
    where stage = 'pushing' and status = 'building'`.execute(db)
  await db.schema
    .createTable('registry_breakers')
    .addColumn('host', 'varchar(255)', (c) => c.primaryKey())
    .addColumn('state', 'varchar(16)', (c) => c.notNull().defaultTo('closed'))
    .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('opened_at', 'timestamptz')
    .addColumn('changed_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('probe_at', 'timestamptz')
    .execute()
  await sql`alter table registry_state add column abilities jsonb`.execute(db)
}
