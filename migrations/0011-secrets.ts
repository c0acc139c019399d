import { type Kysely, sql } from 'kysely'

/**
 * Values lie sealed under a data key of their project, which lies wrapped under a key that the database never sees. A
 * new value of a secret is a new row: a running build keeps the row that it was accepted with.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('project_keys')
    .addColumn('project_id', 'bigint', (c) => c.primaryKey().references('projects.id'))
    .addColumn('wrapped_by', 'varchar(16)', (c) => c.notNull())
    .addColumn('wrapped', 'bytea', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await db.schema
    .createTable('secrets')
    .addColumn('version', 'uuid', (c) => c.primaryKey())
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'varchar(128)', (c) => c.notNull())
    .addColumn('sealed', 'bytea', (c) => c.notNull())
    .addColumn('size', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('updated_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('replaced_at', 'timestamptz')
    .execute()
  await sql`create unique index secrets_current on secrets (project_id, name) where replaced_at is null`.execute(
    db,
  )
  await db.schema
    .createTable('build_secrets')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('version', 'uuid', (c) =>
      c.notNull().references('secrets.version').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('build_secrets_pkey', ['version', 'build_id'])
    .execute()
}
