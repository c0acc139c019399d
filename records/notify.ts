import { type Expression, sql } from 'kysely'
import type { Db } from './connect.ts'

/** Wake-ups between processes. A notification only says "look again": the data is in the tables. */
export type Channel =
  | 'kiln_bases'
  | 'kiln_build'
  | 'kiln_deletions'
  | 'kiln_environments'
  | 'kiln_facts'
  | 'kiln_moves'
  | 'kiln_outbox'
  | 'kiln_placement'
  | 'kiln_steps'
  | 'kiln_webhooks'

/** Subject in `kiln_placement` of builds and attempts that have ended: nothing else has changed of nodes and queue. */
export const buildEnded = 'build'

/** Sent when the surrounding transaction commits. `subject` is the id of what changed. */
export async function notify(db: Db, channel: Channel, subject = ''): Promise<void> {
  await sql`select ${notification(channel, subject)}`.execute(db)
}

/** The same as a part of another statement, for each row of it. */
export function notification(channel: Channel, subject: string | Expression<string>) {
  return sql`pg_notify(${channel}, ${subject})`
}
