import type { Selectable } from 'kysely'
import type { ProjectChange } from '#contract/project.ts'
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

/** Sets what a project does with its images; builds that were accepted before keep what they have. */
export async function setPolicies(
  pool: Pool,
  { id, name }: ProjectRow,
  { gpu_policy: gpu, scan_policy: scan }: ProjectChange,
): Promise<ProjectRow> {
  return pool.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('projects')
      .set({
        // Its own value, so that there is always something to set.
        name,
        ...(gpu !== undefined && { gpu_policy: asJson(gpu) }),
        ...(scan !== undefined && { scan_policy: asJson(scan) }),
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    for (const [policy, value] of Object.entries({ gpu_policy: gpu, scan_policy: scan })) {
      if (value === undefined) continue
      const detail = { [policy]: value }
      await recordAudit(db, { actor: 'api', action: `project.${policy}`, object: name, detail })
    }
    return changed
  })
}

const asJson = (policy: object | null) => (policy === null ? null : JSON.stringify(policy))

export async function findProject(db: Db, name: string): Promise<ProjectRow | undefined> {
  return db.selectFrom('projects').selectAll().where('name', '=', name).executeTakeFirst()
}
