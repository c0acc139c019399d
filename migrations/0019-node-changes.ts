import { type Kysely, sql } from 'kysely'

/** What changed about the GPUs of a node and what that means for the library; and which evidence lies in the registry. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('node_changes')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('node_id', 'varchar(40)', (c) => c.notNull().references('nodes.id'))
    .addColumn('at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('arch', 'text', (c) => c.notNull())
    .addColumn('before', 'jsonb', (c) => c.notNull())
    .addColumn('after', 'jsonb', (c) => c.notNull())
    .addColumn('told', 'jsonb')
    .execute()
  await sql`create index node_changes_untold on node_changes (id) where told is null`.execute(db)
  await sql`create index node_changes_node on node_changes (node_id, id)`.execute(db)
  await db.schema
    .alterTable('evidence')
    .addColumn('attached_as', 'varchar(71)')
    .addColumn('attach_tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('attach_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await sql`create index evidence_attach on evidence (attach_at) where attached_as is null`.execute(
    db,
  )
}
