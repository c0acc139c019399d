import { sql } from 'kysely'
import { type Role, roles, type SignInRefusal } from '#contract/access.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

/** Whom an identity provider says that somebody is. */
export interface Identity {
  readonly issuer: string
  readonly subject: string
  /** What the user is to be called. */
  readonly name: string
  /** Whether one who was not asked in comes to be a user. */
  readonly mayCreate: boolean
  /** `undefined`: the provider does not say who is an operator. */
  readonly isOperator: boolean | undefined
  /** What the groups of the provider make of the user, by project. */
  readonly roles: ReadonlyMap<string, Role>
}

export type Admitted =
  | { readonly user: { readonly id: number; readonly name: string } }
  | { readonly refused: SignInRefusal }

const actor = 'farm'

/**
 * The user that an identity belongs to, with what its groups make of them now. It comes to belong to the user of its name,
 * where nobody has been that user yet: one who has a token or another identity is somebody already.
 */
export async function admitIdentity(pool: Pool, identity: Identity): Promise<Admitted> {
  return pool.transaction().execute(async (db) => {
    await sql`select pg_advisory_xact_lock(hashtext('kiln identities'))`.execute(db)
    const known = await findIdentity(db, identity)
    const admitted = known ?? (await claimUser(db, identity))
    if ('refused' in admitted) return admitted
    const user = await db
      .selectFrom('users')
      .select(['id', 'name', 'is_operator', 'disabled_at'])
      .where('id', '=', admitted.id)
      .executeTakeFirstOrThrow()
    if (user.disabled_at !== null) return { refused: 'disabled' }
    await followGroups(db, user, identity)
    return { user: { id: user.id, name: user.name } }
  })
}

async function findIdentity(db: Db, { issuer, subject }: Identity) {
  return db
    .selectFrom('identities')
    .select('user_id as id')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
}

async function claimUser(
  db: Db,
  { issuer, subject, name, mayCreate }: Identity,
): Promise<{ readonly id: number } | { readonly refused: SignInRefusal }> {
  const found = await db
    .selectFrom('users')
    .select('id')
    .select(
      sql<boolean>`exists (select from api_tokens where user_id = users.id)
        or exists (select from identities where user_id = users.id)`.as('isSomebody'),
    )
    .where('name', '=', name)
    .executeTakeFirst()
  if (found?.isSomebody === true) return { refused: 'name_taken' }
  if (found === undefined && !mayCreate) return { refused: 'unknown' }
  const user =
    found ??
    (await db
      .insertInto('users')
      .values({ name, is_operator: false })
      .returning('id')
      .executeTakeFirstOrThrow())
  await db.insertInto('identities').values({ issuer, subject, user_id: user.id }).execute()
  const action = found === undefined ? 'user.create' : 'user.identity'
  await recordAudit(db, { actor, action, object: name, detail: { issuer, subject } })
  return { id: user.id }
}

interface User {
  readonly id: number
  readonly name: string
  readonly is_operator: boolean
}

async function followGroups(db: Db, user: User, { isOperator, roles: wanted }: Identity) {
  if (isOperator !== undefined && isOperator !== user.is_operator) {
    await db
      .updateTable('users')
      .set({ is_operator: isOperator })
      .where('id', '=', user.id)
      .execute()
    const detail = { operator: isOperator, by: 'group' }
    await recordAudit(db, { actor, action: 'user.change', object: user.name, detail })
  }
  const projects =
    wanted.size === 0
      ? []
      : await db
          .selectFrom('projects')
          .select(['id', 'name'])
          .where('name', 'in', [...wanted.keys()])
          .execute()
  const roleOf = new Map(projects.map(({ id, name }) => [id, wanted.get(name) ?? roles[0]]))
  const standing = await db
    .selectFrom('memberships')
    .innerJoin('projects', 'projects.id', 'memberships.project_id')
    .select(['project_id', 'projects.name as project', 'role', 'by_group'])
    .where('user_id', '=', user.id)
    .execute()
  for (const { project_id: id, project, role, by_group: byGroup } of standing) {
    // What an admin of the project has chosen stays.
    if (!byGroup || roleOf.get(id) === role) roleOf.delete(id)
    else if (!roleOf.has(id)) await leave(db, user, { id, name: project })
  }
  for (const { id, name } of projects) {
    const role = roleOf.get(id)
    if (role !== undefined) await enter(db, user, { id, name }, role)
  }
}

type Project = Pick<User, 'id' | 'name'>

async function leave(db: Db, user: User, project: Project): Promise<void> {
  await db
    .deleteFrom('memberships')
    .where('project_id', '=', project.id)
    .where('user_id', '=', user.id)
    .execute()
  const detail = { user: user.name, by: 'group' }
  await recordAudit(db, { actor, action: 'project.member.remove', object: project.name, detail })
}

async function enter(db: Db, user: User, project: Project, role: Role): Promise<void> {
  await db
    .insertInto('memberships')
    .values({ project_id: project.id, user_id: user.id, role, by_group: true })
    .onConflict((c) => c.columns(['user_id', 'project_id']).doUpdateSet({ role }))
    .execute()
  const detail = { user: user.name, role, by: 'group' }
  await recordAudit(db, { actor, action: 'project.member', object: project.name, detail })
}
