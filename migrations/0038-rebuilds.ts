import { type Kysely, sql } from 'kysely'

/** Images that are built again when a base of theirs has moved, and what was built again because of which base. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table builds add column priority varchar(16) not null default 'interactive'`.execute(
    db,
  )
  await sql`
    create index builds_scheduled on builds (id)
    where priority = 'scheduled' and status = 'building'`.execute(db)
  await db.schema
    .createTable('base_watches')
    .addColumn('image_id', 'bigint', (c) =>
      c.primaryKey().references('images.id').onDelete('cascade'),
    )
    .addColumn('since', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('repositories', sql`text[]`, (c) => c.notNull().defaultTo(sql`'{}'`))
    .addColumn('check_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('checked_at', 'timestamptz')
    .addColumn('problem', 'text')
    .addColumn('stopped_at', 'timestamptz')
    .execute()
  await sql`
    create index base_watches_due on base_watches (check_at) where stopped_at is null`.execute(db)
  await sql`create index base_watches_bases on base_watches using gin (repositories)`.execute(db)
  await db.schema
    .createTable('rebuilds')
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id'))
    .addColumn('reference', 'varchar(512)', (c) => c.notNull())
    .addColumn('from_digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('to_digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('build_id', 'varchar(64)', (c) => c.notNull().references('builds.id'))
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('rebuilds_key', ['image_id', 'reference', 'from_digest', 'to_digest'])
    .execute()
  await sql`create index rebuilds_build on rebuilds (build_id)`.execute(db)
}
