import type { Selectable } from 'kysely'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import type { ProjectTable } from './schema.ts'

export type ProjectRow = Selectable<ProjectTable>

/** @returns the new project, or `undefined` when there is one of this name. */
export async function createProject(pool: Pool, name: string): Promise<ProjectRow | undefined> {
  return pool.transaction().execute(async (db) => {
    const created = await db
      .insertInto('projects')
      .values({ name })
      .onConflict((c) => c.column('name').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (created !== undefined) {
      await recordAudit(db, { actor: 'api', action: 'project.create', object: name })
    }
    return created
  })
}

export async function findProject(db: Db, name: string): Promise<ProjectRow | undefined> {
  return db.selectFrom('projects').selectAll().where('name', '=', name).executeTakeFirst()
}
