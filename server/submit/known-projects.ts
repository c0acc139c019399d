import type { Pool } from '../../records/connect.ts'
import { findProjectsByName, type ProjectRow } from '../../records/projects.ts'
import { inGroups } from '../in-groups.ts'

/** A project by its name, whoever may see it. */
export type ProjectNamed = (name: string) => Promise<ProjectRow | undefined>

/** Every submit names one: those that come together ask once. */
export function createProjectNamed(db: Pool): ProjectNamed {
  return inGroups(async (names: readonly string[]) => {
    const found = await findProjectsByName(db, [...new Set(names)])
    const byName = new Map(found.map((project) => [project.name, project]))
    return names.map((name) => byName.get(name))
  })
}
