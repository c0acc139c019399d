import { type Kysely, sql } from 'kysely'

/**
 * What a published image is made of, whether the registry still has it whole, and what is to be deleted. A version that is
 * deleted keeps its row, so that its number is never given again and history can name it.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await createContents(db)
  await createDeletions(db)
  await sql`
    alter table versions
      add column deleted_at timestamptz,
      add column check_at timestamptz not null default now(),
      add column check_tries integer not null default 0,
      add column checked_at timestamptz,
      add column missing jsonb`.execute(db)
  await sql`update versions set check_at = now() + random() * interval '1 hour'`.execute(db)
  await sql`create index versions_check on versions (check_at) where deleted_at is null`.execute(db)
  await sql`alter table images add column deleted_at timestamptz`.execute(db)
  await sql`create index audit_submit on audit (object) where action = 'build.submit'`.execute(db)
}

/** Found by digest: the same bytes are described once, whatever names them. */
async function createContents(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('contents')
    .addColumn('digest', 'varchar(71)', (c) => c.primaryKey())
    .addColumn('manifest_bytes', 'bigint', (c) => c.notNull())
    .addColumn('config_digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('config_bytes', 'bigint', (c) => c.notNull())
    .addColumn('config', 'jsonb', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await db.schema
    .createTable('layers')
    .addColumn('image_digest', 'varchar(71)', (c) =>
      c.notNull().references('contents.digest').onDelete('cascade'),
    )
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('media_type', 'varchar(255)', (c) => c.notNull())
    .addColumn('made_by', 'text')
    .addPrimaryKeyConstraint('layers_pkey', ['image_digest', 'position'])
    .execute()
}

async function createDeletions(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('deletions')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id'))
    .addColumn('version_id', 'bigint', (c) => c.notNull().references('versions.id'))
    .addColumn('whole_image', 'boolean', (c) => c.notNull())
    .addColumn('was_current', 'boolean', (c) => c.notNull())
    .addColumn('actor', 'varchar(64)', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('refusal', 'varchar(32)')
    .addColumn('detail', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('shared', 'boolean', (c) => c.notNull().defaultTo(false))
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_try_at', 'timestamptz', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('finished_at', 'timestamptz')
    .execute()
  await sql`
    create unique index deletions_open on deletions (version_id)
    where state in ('pending', 'removing')`.execute(db)
  await sql`
    create index deletions_due on deletions (next_try_at)
    where state in ('pending', 'removing')`.execute(db)
  await sql`create index deletions_image on deletions (image_id, id)`.execute(db)
  await sql`create index deletions_version on deletions (version_id, id)`.execute(db)
}
