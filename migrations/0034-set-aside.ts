import { type Kysely, sql } from 'kysely'

/**
 * Work that failed too often is set aside where it can be seen: changes of nodes that could not be told, and evidence that
 * the registry does not take. Evidence of what was never published waits for nothing: its `attach_at` is empty.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('node_changes')
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_try_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('given_up_at', 'timestamptz')
    .execute()
  await sql`drop index node_changes_untold`.execute(db)
  await sql`create index node_changes_untold on node_changes (id) where told is null and given_up_at is null`.execute(
    db,
  )
  await db.schema
    .alterTable('evidence')
    .alterColumn('attach_at', (c) => c.dropNotNull())
    .addColumn('attach_given_up_at', 'timestamptz')
    .execute()
  await sql`drop index evidence_attach`.execute(db)
  await sql`create index evidence_attach on evidence (attach_at) where attached_as is null and attach_at is not null`.execute(
    db,
  )
}
