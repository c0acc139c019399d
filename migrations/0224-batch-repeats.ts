import { type Kysely, sql } from 'kysely'

/** What batches of builds were answered that carry a key. A batch may be for several projects: its key is of none. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('batch_repeats')
    .addColumn('caller', 'text', (c) => c.notNull())
    .addColumn('key', 'varchar(255)', (c) => c.notNull())
    .addColumn('request', 'bytea', (c) => c.notNull())
    .addColumn('answers', 'json', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('batch_repeats_pkey', ['caller', 'key'])
    .execute()
  await db.schema
    .createIndex('batch_repeats_created_at')
    .on('batch_repeats')
    .column('created_at')
    .execute()
}
