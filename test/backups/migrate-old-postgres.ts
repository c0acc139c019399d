import { Client } from 'pg'
import { migrateUp } from '../../migrations/migrate.ts'

/** Stands in front of the function of the same name, and asks what a Postgres before 16 can be asked. */
const standIn = `
  create function public.pg_has_role(name, text, text) returns boolean language sql
    return pg_catalog.pg_has_role($1, $2::name, replace($3, 'set', 'member'));
  alter role kiln set search_path = public, pg_catalog;`
const takenAway = `
  alter role kiln reset search_path;
  drop function public.pg_has_role;`

/**
 * Makes Kiln's schema also on a Postgres 15, where one migration asks for a privilege that 16 has brought. How a database is
 * dumped and comes back does not depend on it.
 */
export async function migrateOldPostgres(url: string, superuserUrl: string): Promise<void> {
  const client = new Client(superuserUrl)
  await client.connect()
  try {
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )
    const isOld = (rows[0]?.version ?? 0) < 160_000
    if (isOld) await client.query(standIn)
    await migrateUp(url)
    if (isOld) await client.query(takenAway)
  } finally {
    await client.end()
  }
}
