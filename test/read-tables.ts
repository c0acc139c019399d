import { sql } from 'kysely'
import type { Db } from '../records/connect.ts'

/** All rows of all tables, as text. */
export async function readTables(db: Db): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public'`.execute(db)
  const all = await Promise.all(
    tables.map(async ({ name }) => sql`select t::text from ${sql.table(name)} t`.execute(db)),
  )
  return JSON.stringify(all.map(({ rows }) => rows))
}
