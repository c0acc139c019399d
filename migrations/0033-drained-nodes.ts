import type { Kysely } from 'kysely'

/** Nodes that an operator lets take no further builds. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('nodes')
    .addColumn('drained_at', 'timestamptz')
    .addColumn('drained_because', 'text')
    .execute()
}
