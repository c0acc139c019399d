import type { SavedPaths } from '#contract/save.ts'
import { packageLists } from '#contract/wire/packages.ts'
import { makeLock } from '../../packages/make-lock.ts'
import type { Mirrors } from '../../packages/mirrors.ts'
import type { EnvironmentRow } from '../../records/find-environments.ts'
import { readBuildPlatforms } from '../../records/nodes.ts'
import type { RequestScope } from '../access/request-scope.ts'
import { composeBuild, type ComposeDeps } from '../packages/compose-build.ts'
import { Refusal } from '../refusal.ts'
import type { Tunnels } from '../tunnels/tunnels.ts'
import type { PushTarget } from '../views/build-plan.ts'
import { parentOf, requireFiles } from './accept-save.ts'
import { askSurvey } from './ask-survey.ts'

export interface RecipeDeps extends Pick<ComposeDeps, 'locate'> {
  readonly scope: RequestScope
  readonly mirrors: Mirrors
  readonly tunnels: Pick<Tunnels, 'open'>
  readonly push: Pick<PushTarget, 'url' | 'prefix'>
}

/**
 * The packages that have come to an environment, as lists that can be built on its image, and all that such a build would
 * not have. Nothing is stored. @throws Refusal
 */
export async function proposeRecipe(
  { tunnels, push, ...deps }: RecipeDeps,
  environment: EnvironmentRow,
  choices: SavedPaths,
  signal: AbortSignal,
) {
  requireFiles(environment)
  const survey = await askSurvey(tunnels, environment, choices, signal)
  const { added, removed } = survey.packages
  const { lists, omitted } = makeLock({ packages: added, unread: [], truncated: false }, undefined)
  const { apt, pip, conda } = lists
  const packages = { apt: [...apt], pip: [...pip], conda: [...conda] }
  const base = parentOf(push, environment)
  const isEmpty = apt.length + pip.length + conda.length === 0
  const submitted = { base_image: base, packages: packageLists.parse(packages) }
  const project = { id: environment.project_id, name: environment.project }
  return {
    base_image: base,
    packages,
    dockerfile: isEmpty ? null : await compose(deps, project, submitted),
    not_covered: {
      /** Of kinds that no list installs. */
      packages: added.filter(({ kind }) => kind === 'apk'),
      /** How many others no list can name, such as those that are there in two versions. */
      omitted,
      removed,
      files: survey.unpackaged,
      deleted: survey.deleted,
    },
  }
}

/** The Dockerfile that the lists come to; `null` where the base takes none. */
async function compose(
  deps: Pick<RecipeDeps, 'scope' | 'mirrors' | 'locate'>,
  project: { readonly id: number; readonly name: string },
  submitted: Parameters<typeof composeBuild>[2],
): Promise<string | null> {
  const platforms = await readBuildPlatforms(deps.scope.db, undefined)
  try {
    return (await composeBuild(deps, project, submitted, platforms)).dockerfile
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}
