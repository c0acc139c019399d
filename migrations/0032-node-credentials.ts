import { type Kysely, sql } from 'kysely'

/** What lets a node in once, and what it then proves itself with: hashes only. And keys that all servers share. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('join_tokens')
    .addColumn('hash', 'bytea', (c) => c.primaryKey())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
    .addColumn('used_at', 'timestamptz')
    .addColumn('node_id', 'varchar(40)')
    .execute()
  await db.schema
    .createTable('node_credentials')
    .addColumn('node_id', 'varchar(40)', (c) => c.primaryKey())
    .addColumn('hash', 'bytea', (c) => c.notNull())
    .addColumn('previous_hash', 'bytea')
    .addColumn('issued_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
    .addColumn('used_at', 'timestamptz')
    .addColumn('revoked_at', 'timestamptz')
    .addColumn('revoked_because', 'text')
    .execute()
  await db.schema
    .createTable('farm_keys')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('key', 'bytea', (c) => c.notNull())
    .execute()
}
