import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** Until the transaction ends nobody else accepts a build into the repository, publishes there or removes from it. */
export async function lockRepository(db: Db, repository: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${repository}, 0))`.execute(db)
}
