import type { NamedProject } from '../../records/projects.ts'
import { type RequestScope, requireRole } from '../access/request-scope.ts'
import { namedProject } from '../named-project.ts'
import { checkPlatform } from './check-platform.ts'
import type { checkRecipe } from './check-recipe.ts'
import type { KnownPlatforms } from './known-platforms.ts'
import type { ProjectNamed } from './known-projects.ts'

/** What is looked up for a build that is submitted, and is the same for others like it. */
export interface Lookups {
  /** @throws Refusal when there is none that the caller may build in. */
  readonly project: (name: string) => Promise<NamedProject>
  readonly platforms: KnownPlatforms
  /** @throws Refusal when no node builds for it. */
  readonly checkPlatform: (platform: string | undefined) => Promise<void>
  /** @throws Refusal that names each line or field. */
  readonly checkRecipe: typeof checkRecipe
}

export interface LookupDeps extends Pick<Lookups, 'platforms' | 'checkRecipe'> {
  readonly scope: RequestScope
  readonly projectNamed: ProjectNamed
}

export function createLookups(deps: LookupDeps): Lookups {
  const { scope, platforms, checkRecipe } = deps
  return {
    project: async (name) => buildProject(deps, name),
    platforms,
    checkPlatform: async (platform) => checkPlatform(scope.db, platform),
    checkRecipe,
  }
}

/** What the caller sees is known from what others have asked for; what they do not see is refused as it is everywhere. */
async function buildProject(
  { scope, projectNamed }: LookupDeps,
  name: string,
): Promise<NamedProject> {
  const found = await projectNamed(name)
  const isSeen =
    found !== undefined && (scope.projects === 'all' || scope.projects.includes(found.id))
  if (!isSeen) return namedProject(scope, name, 'build')
  requireRole(scope, found, 'build')
  return found
}

/** The same for many builds at once: nothing is looked up twice. */
export function shareLookups(look: Lookups): Lookups {
  return {
    project: once(look.project),
    platforms: once(look.platforms),
    checkPlatform: once(look.checkPlatform),
    checkRecipe: look.checkRecipe,
  }
}

function once<K, T>(look: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const found = new Map<K, Promise<T>>()
  return async (key) => {
    const known = found.get(key) ?? look(key)
    found.set(key, known)
    return known
  }
}
