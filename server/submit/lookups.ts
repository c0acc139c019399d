import type { LibraryName } from '#contract/image.ts'
import { findImages } from '../../records/images.ts'
import type { ProjectRow } from '../../records/projects.ts'
import type { RequestScope } from '../access/request-scope.ts'
import { namedProject } from '../named-project.ts'
import { checkPlatform } from './check-platform.ts'
import type { checkRecipe } from './check-recipe.ts'
import type { KnownPlatforms } from './known-platforms.ts'

/** What is looked up for a build that is submitted, and is the same for others like it. */
export interface Lookups {
  /** @throws Refusal when there is none that the caller may build in. */
  readonly project: (name: string) => Promise<ProjectRow>
  readonly platforms: KnownPlatforms
  /** @throws Refusal when no node builds for it. */
  readonly checkPlatform: (platform: string | undefined) => Promise<void>
  /** An image of this name, as the library spells it. */
  readonly image: (name: LibraryName) => Promise<KnownImage | undefined>
  /** @throws Refusal that names each line or field. */
  readonly checkRecipe: typeof checkRecipe
}

interface KnownImage {
  readonly name: string
  readonly is_official: boolean
}

export interface LookupDeps extends Pick<Lookups, 'platforms' | 'checkRecipe'> {
  readonly scope: RequestScope
}

export function createLookups({ scope, platforms, checkRecipe }: LookupDeps): Lookups {
  return {
    project: async (name) => namedProject(scope, name, 'build'),
    platforms,
    checkPlatform: async (platform) => checkPlatform(scope.db, platform),
    image: async (name) => (await findImages(scope.farm, [name]))[0],
    checkRecipe,
  }
}

/** The same for many builds at once: nothing is looked up twice. */
export function shareLookups(look: Lookups, images: ReadonlyMap<string, KnownImage>): Lookups {
  return {
    project: once(look.project),
    platforms: once(look.platforms),
    checkPlatform: once(look.checkPlatform),
    image: async (name) => images.get(keyOf(name)),
    checkRecipe: look.checkRecipe,
  }
}

export const keyOf = ({ repository, tag }: LibraryName) => `${repository}:${tag}`

function once<K, T>(look: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const found = new Map<K, Promise<T>>()
  return async (key) => {
    const known = found.get(key) ?? look(key)
    found.set(key, known)
    return known
  }
}
