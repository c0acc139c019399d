import { type Kysely, sql } from 'kysely'

/** Builds that are the same, of which one does the work of all. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('builds')
    .addColumn('content_key', 'bytea')
    .addColumn('joined_to', 'varchar(64)', (c) => c.references('builds.id'))
    .addColumn('joined_until', 'timestamptz')
    .addColumn('cached_for', 'varchar(512)')
    .execute()
  await sql`create index builds_content_key on builds (project_id, content_key) where status = 'building'`.execute(
    db,
  )
  await sql`create index builds_joined_to on builds (joined_to) where status = 'building'`.execute(
    db,
  )
}
