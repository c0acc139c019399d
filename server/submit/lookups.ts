import type { LibraryName } from '#contract/image.ts'
import type { BuildPlatforms } from '#contract/platform.ts'
import { findImage } from '../../records/images.ts'
import { readBuildPlatforms } from '../../records/nodes.ts'
import type { ProjectRow } from '../../records/projects.ts'
import type { RequestScope } from '../access/request-scope.ts'
import { namedProject } from '../named-project.ts'
import { checkPlatform } from './check-platform.ts'
import { checkRecipe } from './check-recipe.ts'

/** What is looked up for a build that is submitted, and is the same for others like it. */
export interface Lookups {
  /** @throws Refusal when there is none that the caller may build in. */
  readonly project: (name: string) => Promise<ProjectRow>
  readonly platforms: (platform: string | undefined) => Promise<readonly BuildPlatforms[]>
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

export function createLookups(scope: RequestScope): Lookups {
  return {
    project: async (name) => namedProject(scope, name, 'build'),
    platforms: async (platform) => readBuildPlatforms(scope.db, platform),
    checkPlatform: async (platform) => checkPlatform(scope.db, platform),
    image: async (name) => findImage(scope.farm, name),
    checkRecipe,
  }
}

/** The same for many builds at once: nothing is looked up, and no recipe checked, twice. */
export function shareLookups(look: Lookups, images: ReadonlyMap<string, KnownImage>): Lookups {
  const checked = new Map<string, () => void>()
  return {
    project: once(look.project),
    platforms: once(look.platforms),
    checkPlatform: once(look.checkPlatform),
    image: async (name) => images.get(keyOf(name)),
    checkRecipe: (recipe, terms) => {
      const { dockerfile, base_image: base, options, contexts } = recipe
      const key = JSON.stringify([dockerfile, base, options, contexts, terms.platforms])
      const known = checked.get(key) ?? outcomeOf(() => look.checkRecipe(recipe, terms))
      checked.set(key, known)
      known()
    },
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

/** Does it now. @returns what ends as it did. */
function outcomeOf(check: () => void): () => void {
  try {
    check()
    return () => undefined
  } catch (error) {
    return () => {
      throw error
    }
  }
}
