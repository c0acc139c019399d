import { type Kysely, sql } from 'kysely'

/** What a webhook is to be told next is found without reading what it was told before. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index webhook_deliveries_next on webhook_deliveries (webhook_id, next_try_at, id)
    where state = 'pending'`.execute(db)
}
