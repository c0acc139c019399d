import type { Role } from '#contract/access.ts'
import { recordAudit } from './audit.ts'
import type { Scope } from './scope.ts'

interface Named {
  readonly id: number
  readonly name: string
}

/** Makes a user a member of a project, or gives a member another role. */
export async function setMember(
  { farm, actor }: Scope,
  project: Named,
  user: Named,
  role: Role,
): Promise<void> {
  await farm.transaction().execute(async (db) => {
    await db
      .insertInto('memberships')
      .values({ project_id: project.id, user_id: user.id, role })
      .onConflict((c) =>
        c.columns(['user_id', 'project_id']).doUpdateSet({ role, by_group: false }),
      )
      .execute()
    const detail = { user: user.name, role }
    await recordAudit(db, { actor, action: 'project.member', object: project.name, detail })
  })
}

/** @returns false when the user is no member. */
export async function removeMember(
  { farm, actor }: Scope,
  project: Named,
  user: Named,
): Promise<boolean> {
  return farm.transaction().execute(async (db) => {
    const removed = await db
      .deleteFrom('memberships')
      .where('project_id', '=', project.id)
      .where('user_id', '=', user.id)
      .returning('role')
      .executeTakeFirst()
    if (removed === undefined) return false
    const detail = { user: user.name, was: removed.role }
    await recordAudit(db, { actor, action: 'project.member.remove', object: project.name, detail })
    return true
  })
}
