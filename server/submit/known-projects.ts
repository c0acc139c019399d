import type { Pool } from '../../records/connect.ts'
import { findProjectsByName, type NamedProject } from '../../records/projects.ts'
import { inGroups } from '../in-groups.ts'

const maxKnown = 10_000

/** A project by its name, whoever may see it. */
export type ProjectNamed = (name: string) => Promise<NamedProject | undefined>

/**
 * Every submit names one. Projects keep their names and are there for good, so that one which was found is not looked for
 * again; submits that come together ask once for the others.
 */
export function createProjectNamed(db: Pool): ProjectNamed {
  const known = new Map<string, NamedProject>()
  const find = inGroups(async (names: readonly string[]) => {
    const found = await findProjectsByName(db, [...new Set(names)])
    if (known.size + found.length > maxKnown) known.clear()
    for (const project of found) known.set(project.name, project)
    const byName = new Map(found.map((project) => [project.name, project]))
    return names.map((name) => byName.get(name))
  })
  return async (name) => known.get(name) ?? find(name)
}
