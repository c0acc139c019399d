import { type Kysely, sql } from 'kysely'

/** Builds that save an environment: which start of it, what goes into the image, and the parent as the registry has it. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('build_saves')
    .addColumn('build_id', 'varchar(64)', (c) => c.primaryKey().references('builds.id'))
    .addColumn('environment_id', 'varchar(40)', (c) => c.notNull().references('environments.id'))
    .addColumn('start', 'integer', (c) => c.notNull())
    .addColumn('choices', 'jsonb', (c) => c.notNull())
    .addColumn('saved_by', 'varchar(256)', (c) => c.notNull())
    .addColumn('parent_manifest', 'text')
    .addColumn('parent_config', 'text')
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await sql`create index build_saves_environment on build_saves (environment_id)`.execute(db)
}
