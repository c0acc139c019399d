import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('contexts')
    .addColumn('digest', 'varchar(71)', (c) => c.primaryKey())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('files', 'integer', (c) => c.notNull())
    .addColumn('used_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('dropped_at', 'timestamptz')
    .execute()
  await db.schema
    .alterTable('builds')
    .addColumn('context', 'varchar(71)', (c) => c.references('contexts.digest'))
    .execute()
}
