import { type Kysely, sql } from 'kysely'

/**
 * Where names have pointed, and what is to move them. `generation` counts the moves of a name; a build knows the one that
 * it was accepted under, so that a rollback made meanwhile holds.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('moves')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id'))
    .addColumn('kind', 'varchar(16)', (c) => c.notNull())
    .addColumn('from_version_id', 'bigint', (c) => c.references('versions.id'))
    .addColumn('to_version_id', 'bigint', (c) => c.notNull().references('versions.id'))
    .addColumn('actor', 'varchar(64)', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('refusal', 'varchar(32)')
    .addColumn('tagged', 'boolean', (c) => c.notNull().defaultTo(false))
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_try_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('finished_at', 'timestamptz')
    .execute()
  await sql`create unique index moves_pending on moves (image_id) where state = 'pending'`.execute(
    db,
  )
  await sql`create index moves_due on moves (next_try_at) where state = 'pending' or not tagged`.execute(
    db,
  )
  await sql`create index moves_image on moves (image_id, id)`.execute(db)
  await sql`
    alter table images
      add column generation integer not null default 0,
      add column held_generation integer not null default 0`.execute(db)
  await sql`alter table builds add column generation integer not null default 0`.execute(db)
  await sql`
    alter table versions
      add column pinned boolean not null default false,
      add column deprecated text`.execute(db)
}
