import type { Kysely } from 'kysely'

/** Builds tell why they wait by `wait`, and have done so since that is there; nothing reads or writes the text any more. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('builds').dropColumn('waiting_reason').execute()
}
