import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('versions')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().unique().references('builds.id'))
    .addColumn('digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint('versions_image_number', ['image_id', 'number'])
    .execute()
  await sql`alter table images add constraint images_current_version foreign key (current_version_id) references versions (id)`.execute(
    db,
  )
  await db.schema
    .createTable('verifications')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('node_id', 'varchar(40)', (c) => c.notNull())
    .addColumn('verdict', 'varchar(32)', (c) => c.notNull())
    .addColumn('evidence', 'varchar(16)', (c) => c.notNull())
    .addColumn('detail', 'jsonb', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint('verifications_attempt', ['build_id', 'attempt', 'digest'])
    .execute()
}
