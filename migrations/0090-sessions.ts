import { type Kysely, sql } from 'kysely'

/** Browsers that are signed in, and whom an identity provider means by whom. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'varchar(40)', (c) => c.primaryKey())
    .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id'))
    .addColumn('hash', 'bytea', (c) => c.notNull().unique())
    .addColumn('way', 'varchar(16)', (c) => c.notNull())
    .addColumn('token_id', 'varchar(40)', (c) => c.references('api_tokens.id'))
    .addColumn('address', 'varchar(64)')
    .addColumn('browser', 'varchar(256)')
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('used_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
    .addColumn('ended_at', 'timestamptz')
    .execute()
  await db.schema.createIndex('sessions_user').on('sessions').columns(['user_id', 'id']).execute()
  await db.schema
    .createIndex('sessions_token')
    .on('sessions')
    .column('token_id')
    .where(sql.ref('token_id'), 'is not', null)
    .execute()
  await db.schema.createIndex('sessions_expires').on('sessions').column('expires_at').execute()
  await db.schema
    .createTable('identities')
    .addColumn('issuer', 'varchar(512)', (c) => c.notNull())
    .addColumn('subject', 'varchar(256)', (c) => c.notNull())
    .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id'))
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('identities_pkey', ['issuer', 'subject'])
    .execute()
  await db.schema.createIndex('identities_user').on('identities').column('user_id').execute()
  await db.schema
    .alterTable('memberships')
    .addColumn('by_group', 'boolean', (c) => c.notNull().defaultTo(false))
    .execute()
}
