import type { Kysely } from 'kysely'

/** Why an attempt went to its node as data, so that it can be told in any language. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('attempts').addColumn('placement', 'jsonb').execute()
}
