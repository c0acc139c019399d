import type { Db } from '../../records/connect.ts'
import type { ProjectRow } from '../../records/projects.ts'

export interface ProjectFilter {
  /** Name of the last project of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** One page of projects, by name. */
export async function listProjects(db: Db, { after, limit }: ProjectFilter) {
  const rows = await db
    .selectFrom('projects')
    .selectAll()
    .where('name', '>', after ?? '')
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  const projects = rows.slice(0, limit)
  const last = projects.at(-1)
  return {
    projects: projects.map(showProject),
    ...(rows.length > limit && last ? { next_cursor: last.name } : {}),
  }
}

export function showProject({ name, created_at }: ProjectRow) {
  return { name, created_at: created_at.toISOString() }
}
