import { type Kysely, sql } from 'kysely'

/** Images that nodes fetch before anybody starts from them. Versions of before now are not fetched. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('images_ahead')
    .addColumn('node_id', 'varchar(40)', (c) => c.notNull().references('nodes.id'))
    .addColumn('version_id', 'bigint', (c) => c.notNull().references('versions.id'))
    .addColumn('state', 'varchar(16)', (c) => c.notNull().defaultTo('waiting'))
    .addColumn('message', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('told_at', 'timestamptz')
    .addPrimaryKeyConstraint('images_ahead_pk', ['node_id', 'version_id'])
    .execute()
  await sql`create index images_ahead_open on images_ahead (node_id) where state in ('waiting', 'pulling')`.execute(
    db,
  )
  await db.schema
    .alterTable('versions')
    .addColumn('ahead_planned_at', 'timestamptz', (c) => c.defaultTo(sql`now()`))
    .execute()
  await sql`alter table versions alter column ahead_planned_at set default null`.execute(db)
  await sql`create index versions_unplanned on versions (id) where ahead_planned_at is null`.execute(
    db,
  )
}
