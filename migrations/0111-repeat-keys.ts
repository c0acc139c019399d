import { type Kysely, sql } from 'kysely'

/** What requests made that carry a key, so that one which is sent again makes nothing twice. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('repeat_keys')
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('caller', 'text', (c) => c.notNull())
    .addColumn('key', 'varchar(255)', (c) => c.notNull())
    .addColumn('request', 'bytea', (c) => c.notNull())
    .addColumn('made', 'varchar(64)', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('repeat_keys_pkey', ['project_id', 'caller', 'key'])
    .execute()
  await db.schema
    .createIndex('repeat_keys_created_at')
    .on('repeat_keys')
    .column('created_at')
    .execute()
}
