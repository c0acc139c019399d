import { sql } from 'kysely'
import type { Db } from '../../records/connect.ts'

interface Page {
  readonly userId: number
  /** Id of the last session of the page before: ids sort by time. */
  readonly before?: string | undefined
  readonly limit: number
  /** Of the caller. */
  readonly current: string | undefined
}

/** One page of the browsers that a user is signed in with, newest first. */
export async function listSessions(db: Db, { userId, before, limit, current }: Page) {
  const rows = await selectSessions(db)
    .where('sessions.user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .$if(before !== undefined, (query) => query.where('sessions.id', '<', before ?? ''))
    .orderBy('sessions.id', 'desc')
    .limit(limit + 1)
    .execute()
  const sessions = rows.slice(0, limit)
  const last = sessions.at(-1)
  return {
    sessions: sessions.map(({ id, user, way, address, browser, ...times }) => ({
      id,
      user,
      way,
      address,
      browser,
      current: id === current,
      created_at: times.created_at.toISOString(),
      used_at: times.used_at.toISOString(),
      expires_at: times.expires_at.toISOString(),
    })),
    ...(rows.length > limit && last ? { next_cursor: last.id } : {}),
  }
}

export async function findSessionById(db: Db, id: string) {
  return selectSessions(db).where('sessions.id', '=', id).executeTakeFirst()
}

function selectSessions(db: Db) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id', 'sessions.user_id', 'users.name as user', 'way', 'address'])
    .select(['browser', 'sessions.created_at', 'used_at', 'expires_at'])
}
