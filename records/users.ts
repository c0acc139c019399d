import { type Selectable, sql } from 'kysely'
import type { UserTable } from './access-tables.ts'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import type { Scope } from './scope.ts'

export type UserRow = Selectable<UserTable>

export async function findUser(db: Db, name: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst()
}

/** @returns the new user, or `undefined` when there is one of this name. */
export async function createUser(
  { farm, actor }: Pick<Scope, 'farm' | 'actor'>,
  { name, isOperator }: { readonly name: string; readonly isOperator: boolean },
): Promise<UserRow | undefined> {
  return farm.transaction().execute(async (db) => {
    const created = await db
      .insertInto('users')
      .values({ name, is_operator: isOperator })
      .onConflict((c) => c.column('name').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (created !== undefined) {
      const detail = { operator: isOperator }
      await recordAudit(db, { actor, action: 'user.create', object: name, detail })
    }
    return created
  })
}

/** One who is disabled is let in by none of their tokens; nothing of theirs is deleted. */
export async function changeUser(
  { farm, actor }: Scope,
  name: string,
  {
    operator,
    disabled,
  }: { readonly operator?: boolean | undefined; readonly disabled?: boolean | undefined },
): Promise<UserRow | undefined> {
  return farm.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('users')
      .set({
        ...(operator !== undefined && { is_operator: operator }),
        ...(disabled !== undefined && {
          disabled_at: disabled ? sql<Date>`coalesce(disabled_at, now())` : null,
        }),
      })
      .where('name', '=', name)
      .returningAll()
      .executeTakeFirst()
    if (changed === undefined) return undefined
    const detail = { operator, disabled }
    await recordAudit(db, { actor, action: 'user.change', object: name, detail })
    return changed
  })
}
