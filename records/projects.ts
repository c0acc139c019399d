import type { Selectable } from 'kysely'
import type { GpuPolicy } from '#contract/gpu-policy.ts'
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

/** Sets what becomes of the project's GPU images that find no GPU; builds that were accepted before keep what they have. */
export async function setGpuPolicy(
  pool: Pool,
  { id, name }: ProjectRow,
  policy: GpuPolicy | null,
): Promise<ProjectRow> {
  return pool.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('projects')
      .set({ gpu_policy: policy === null ? null : JSON.stringify(policy) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const detail = { gpu_policy: policy }
    await recordAudit(db, { actor: 'api', action: 'project.gpu_policy', object: name, detail })
    return changed
  })
}

export async function findProject(db: Db, name: string): Promise<ProjectRow | undefined> {
  return db.selectFrom('projects').selectAll().where('name', '=', name).executeTakeFirst()
}
