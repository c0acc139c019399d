import type { Kysely } from 'kysely'

/** Why an environment waits, in Chinese; a server of before writes English alone. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('environments').addColumn('waiting_reason_zh', 'text').execute()
}
