import { type Kysely, sql } from 'kysely'

/**
 * What is hung on published versions, with the keys that signed it; the packages of images; what scanners have said. A
 * document is written once and never again: whoever hangs it after a crash hangs the same bytes.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('signing_keys')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('public_key', 'text', (c) => c.notNull())
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('changed_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await db.schema
    .createTable('attestations')
    .addColumn('version_id', 'bigint', (c) => c.notNull().references('versions.id'))
    .addColumn('kind', 'varchar(16)', (c) => c.notNull())
    .addColumn('key_id', 'varchar(64)', (c) => c.references('signing_keys.id'))
    .addColumn('document', 'json')
    .addColumn('manifest', 'varchar(71)')
    .addColumn('problem', 'text')
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_try_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('attestations_pkey', ['version_id', 'kind'])
    .execute()
  await sql`create index attestations_due on attestations (next_try_at) where manifest is null`.execute(
    db,
  )
  await db.schema
    .createTable('image_packages')
    .addColumn('digest', 'varchar(71)', (c) => c.primaryKey())
    .addColumn('packages', 'json', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await db.schema
    .createTable('scans')
    .addColumn('repository', 'varchar(256)', (c) => c.notNull())
    .addColumn('digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('severity', 'varchar(16)')
    .addColumn('findings', 'json')
    .addColumn('problem', 'text')
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_look_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('requested_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('scanned_at', 'timestamptz')
    .addPrimaryKeyConstraint('scans_pkey', ['repository', 'digest'])
    .execute()
  await sql`create index scans_due on scans (next_look_at)`.execute(db)
  await sql`alter table projects add column scan_policy jsonb`.execute(db)
  await sql`alter table builds add column scan_policy jsonb`.execute(db)
}
