import type { Kysely } from 'kysely'

/** Nodes that an operator lets have nothing new, and those that are no more. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('nodes')
    .addColumn('cordoned_at', 'timestamptz')
    .addColumn('cordoned_because', 'text')
    .addColumn('removed_at', 'timestamptz')
    .execute()
}
