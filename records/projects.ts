import { type Selectable, sql } from 'kysely'
import type { ProjectChange } from '#contract/project.ts'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import type { ProjectTable } from './schema.ts'
import { inScope, type Scope } from './scope.ts'

export type ProjectRow = Selectable<ProjectTable>

/** @returns the new project, or `undefined` when there is one of this name. */
export async function createProject(
  { farm, actor }: Scope,
  name: string,
): Promise<ProjectRow | undefined> {
  return farm.transaction().execute(async (db) => {
    const created = await db
      .insertInto('projects')
      .values({ name })
      .onConflict((c) => c.column('name').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (created !== undefined) {
      await recordAudit(db, { actor, action: 'project.create', object: name })
    }
    return created
  })
}

/** Sets what a project does with its images; builds that were accepted before keep what they have. */
export async function setPolicies(
  { farm, actor }: Scope,
  { id, name }: ProjectRow,
  { gpu_policy: gpu, scan_policy: scan, pull_ahead: ahead }: ProjectChange,
): Promise<ProjectRow> {
  return farm.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('projects')
      .set({
        // Its own value, so that there is always something to set.
        name,
        ...(gpu !== undefined && { gpu_policy: asJson(gpu) }),
        ...(scan !== undefined && { scan_policy: asJson(scan) }),
        ...(ahead !== undefined && { pull_ahead: ahead }),
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const policies = { gpu_policy: gpu, scan_policy: scan, pull_ahead: ahead }
    for (const [policy, value] of Object.entries(policies)) {
      if (value === undefined) continue
      const detail = { [policy]: value }
      await recordAudit(db, { actor, action: `project.${policy}`, object: name, detail })
    }
    return changed
  })
}

const asJson = (policy: object | null) => (policy === null ? null : JSON.stringify(policy))

/** @returns undefined also when the caller does not see it. */
export async function findProject(scope: Scope, name: string): Promise<ProjectRow | undefined> {
  return scope.db
    .selectFrom('projects')
    .selectAll()
    .where('name', '=', name)
    .where(inScope(scope, 'projects.id'))
    .executeTakeFirst()
}

/** What of a project never changes, once there is one. */
export type NamedProject = Pick<ProjectRow, 'id' | 'name'>

/** Those of these names that there are, whoever may see them. */
export async function findProjectsByName(
  db: Db,
  names: readonly string[],
): Promise<readonly NamedProject[]> {
  return db
    .selectFrom('projects')
    .select(['id', 'name'])
    .where('name', '=', sql<string>`any(${names}::text[])`)
    .execute()
}
