import { type ColumnType, sql } from 'kysely'
import type { Db } from './connect.ts'

/** A request of which there may be a second copy on its way. */
export interface RepeatKey {
  readonly projectId: number
  /** Keys of different callers have nothing to do with each other. */
  readonly caller: string
  readonly key: string
  /** Hash of all that was asked. */
  readonly request: Buffer
}

export interface RepeatKeyTable {
  project_id: number
  caller: string
  key: string
  request: Buffer
  /** Id of what the request made. */
  made: string
  created_at: ColumnType<Date, never, Date>
}

/** How long a request may be repeated. */
export const keptFor = sql`interval '24 hours'`
/** Rows that one statement frees. */
const batch = 1_000

/** The request was answered before; `made` is the id of what it made then. Ends the transaction that would make it again. */
export class MadeBefore extends Error {
  override readonly name = 'MadeBefore'
  readonly made: string

  constructor(made: string) {
    super(`made before: ${made}`)
    this.made = made
  }
}

/** The key was used for another request. */
export class KeyReused extends Error {
  override readonly name = 'KeyReused'
}

/** @returns the id of what a request with this key made. @throws KeyReused */
export async function findMade(
  db: Db,
  { projectId, caller, key, request }: RepeatKey,
): Promise<string | undefined> {
  const found = await db
    .selectFrom('repeat_keys')
    .select(['request', 'made'])
    .where('project_id', '=', projectId)
    .where('caller', '=', caller)
    .where('key', '=', key)
    .where('created_at', '>', sql<Date>`now() - ${keptFor}`)
    .executeTakeFirst()
  if (found !== undefined && !found.request.equals(request)) throw new KeyReused()
  return found?.made
}

/** Makes those that name the same wait for each other until the transaction ends. To be called first in it. */
export async function lockCopies(db: Db, ...name: readonly (string | number)[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${JSON.stringify(name)}, 0))`.execute(db)
}

/**
 * Makes copies of a request wait for each other until the transaction ends. To be called first in it.
 * @throws MadeBefore, KeyReused
 */
export async function lockRepeat(db: Db, repeat: RepeatKey | undefined): Promise<void> {
  if (repeat === undefined) return
  const { projectId, caller, key } = repeat
  await lockCopies(db, 'repeat', projectId, caller, key)
  const made = await findMade(db, repeat)
  if (made !== undefined) throw new MadeBefore(made)
}

/** Keeps what the request made, in the transaction that makes it. */
export async function storeMade(
  db: Db,
  repeat: RepeatKey | undefined,
  made: string,
): Promise<void> {
  if (repeat === undefined) return
  const { projectId, caller, key, request } = repeat
  await db
    .insertInto('repeat_keys')
    .values({ project_id: projectId, caller, key, request, made })
    // Only one that is too old to count is still there.
    .onConflict((c) =>
      c
        .columns(['project_id', 'caller', 'key'])
        .doUpdateSet({ request, made, created_at: sql<Date>`now()` }),
    )
    .execute()
}

/** Forgets requests that are no longer repeated. @returns whether there may be more. */
export async function dropOldKeys(db: Db): Promise<boolean> {
  const counts = []
  for (const table of ['repeat_keys', 'batch_repeats'] as const) {
    const { rows } = await sql`
      delete from ${sql.table(table)} where ctid in (
        select ctid from ${sql.table(table)} where created_at <= now() - ${keptFor} limit ${batch}
      ) returning 1`.execute(db)
    counts.push(rows.length)
  }
  return counts.includes(batch)
}
