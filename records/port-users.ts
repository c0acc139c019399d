import type { Db } from './connect.ts'

/** A user as they are now, with their roles; `undefined` for one that is shut out. */
export async function findPortUser(db: Db, id: number) {
  const user = await db
    .selectFrom('users')
    .select(['id', 'name', 'is_operator'])
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  if (user === undefined) return undefined
  const memberships = await db
    .selectFrom('memberships')
    .select(['project_id', 'role'])
    .where('user_id', '=', id)
    .execute()
  return { ...user, memberships }
}
