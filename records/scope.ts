import { type RawBuilder, sql } from 'kysely'
import type { Pool } from './connect.ts'

/**
 * On whose behalf the database is asked. Whatever reads for a request takes one instead of a database, so that a query
 * which forgets whom it is for does not compile.
 */
export interface Scope {
  /** For what the caller may see. */
  readonly db: Pool
  /** For what has to look at the whole farm: claims of names, uses of a version. Only after the object was found by `db`. */
  readonly farm: Pool
  /** Who it is, in audit rows. */
  readonly actor: string
  /** Ids of the projects that the caller reads. */
  readonly projects: 'all' | readonly number[]
}

/** Of who may see everything. */
export function farmScope(db: Pool, actor: string): Scope {
  return { db, farm: db, actor, projects: 'all' }
}

/** The same caller, who is shown everything: for what is decided, not told. */
export function wholeFarm(scope: Scope): Scope {
  return { ...scope, db: scope.farm, projects: 'all' }
}

/** Whether a column holds the id of a project that the caller reads. */
export function inScope(
  { projects }: Pick<Scope, 'projects'>,
  column: string,
): RawBuilder<boolean> {
  return projects === 'all' ? sql`true` : sql`${sql.ref(column)} = any(${projects})`
}

/** Whether the caller reads a row of `images`: one of their projects', a public one, or one that is shared with them. */
export function seesImage({ projects }: Pick<Scope, 'projects'>): RawBuilder<boolean> {
  if (projects === 'all') return sql`true`
  return sql`(images.project_id = any(${projects}) or images.visibility = 'public'
    or (images.visibility = 'project' and exists (
      select from image_shares
      where image_shares.image_id = images.id and image_shares.project_id = any(${projects}))))`
}
