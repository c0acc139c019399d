import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

/** A project's data key, sealed under a key that the database never sees. */
export interface WrappedKey {
  /** Id of the key that it is sealed under. */
  readonly wrappedBy: string
  readonly wrapped: Uint8Array
}

export async function findProjectKey(db: Db, projectId: number): Promise<WrappedKey | undefined> {
  return db
    .selectFrom('project_keys')
    .select(['wrapped_by as wrappedBy', 'wrapped'])
    .where('project_id', '=', projectId)
    .executeTakeFirst()
}

/** Up to `limit` keys of projects after the project `after`, by id, that another key than this one has wrapped. */
export async function readKeysNotBy(
  db: Db,
  wrappedBy: string,
  { after, limit }: { readonly after: number; readonly limit: number },
) {
  const rows = await db
    .selectFrom('project_keys')
    .innerJoin('projects', 'projects.id', 'project_keys.project_id')
    .select(['projects.id', 'projects.name', 'wrapped_by as wrappedBy', 'wrapped'])
    .where('wrapped_by', '<>', wrappedBy)
    .where('project_id', '>', after)
    .orderBy('project_id')
    .limit(limit)
    .execute()
  return rows.map(({ id, name, ...key }) => ({ project: { id, name }, ...key }))
}

/** Puts the same data key in another wrapping, unless somebody else has. */
export async function replaceProjectKey(
  pool: Pool,
  project: { readonly id: number; readonly name: string },
  old: WrappedKey,
  { wrappedBy, wrapped }: WrappedKey,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const replaced = await db
      .updateTable('project_keys')
      .set({ wrapped_by: wrappedBy, wrapped: Buffer.from(wrapped) })
      .where('project_id', '=', project.id)
      .where('wrapped_by', '=', old.wrappedBy)
      .returning('project_id')
      .executeTakeFirst()
    if (replaced === undefined) return
    const detail = { from: old.wrappedBy, to: wrappedBy }
    await recordAudit(db, { actor: 'farm', action: 'project.rewrap', object: project.name, detail })
  })
}

/** Gives a project its data key. One that it has already stays. */
export async function storeProjectKey(
  pool: Pool,
  project: { readonly id: number; readonly name: string },
  { wrappedBy, wrapped }: WrappedKey,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const stored = await db
      .insertInto('project_keys')
      .values({ project_id: project.id, wrapped_by: wrappedBy, wrapped: Buffer.from(wrapped) })
      .onConflict((c) => c.column('project_id').doNothing())
      .returning('project_id')
      .executeTakeFirst()
    if (stored === undefined) return
    const detail = { wrappedBy }
    await recordAudit(db, { actor: 'farm', action: 'project.key', object: project.name, detail })
  })
}
