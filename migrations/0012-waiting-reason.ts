import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('builds').addColumn('waiting_reason', 'text').execute()
  await sql`create index builds_waiting_platform on builds ((options->>'platform'), waiting_since) where waiting_since is not null`.execute(
    db,
  )
}
