import { type Kysely, sql } from 'kysely'

/** Starts of agents that a later one has taken the place of, and why a node was shut out. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('replaced_incarnations')
    .addColumn('node_id', 'varchar(40)', (c) => c.notNull())
    .addColumn('incarnation', 'uuid', (c) => c.notNull())
    .addColumn('replaced_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('replaced_incarnations_pkey', ['node_id', 'incarnation'])
    .execute()
  await db.schema
    .alterTable('node_credentials')
    .addColumn('quarantined', 'boolean', (c) => c.notNull().defaultTo(false))
    .execute()
}
