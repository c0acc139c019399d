import type { SubmittedBuild } from '#contract/build.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { packageContext } from '../../packages/compose-dockerfile.ts'
import { readBuildPlatforms } from '../../records/nodes.ts'
import type { RequestScope } from '../access/request-scope.ts'
import type { FarmLimits } from '../limits.ts'
import { namedProject } from '../named-project.ts'
import { composeBuild, type ComposeDeps } from '../packages/compose-build.ts'
import { readWarnings } from '../packages/read-warnings.ts'
import { checkRecipe } from './check-recipe.ts'
import { requireVisibility } from './prepare-build.ts'

export interface PreviewDeps extends Omit<ComposeDeps, 'contexts'> {
  readonly scope: RequestScope
  readonly limits: FarmLimits
}

/**
 * What would be built if this were submitted: nothing is kept, and no name is looked at.
 * @throws Refusal that names what is wrong, as a submit does.
 */
export async function previewBuild(
  { limits, ...deps }: PreviewDeps,
  submitted: Omit<SubmittedBuild, 'name'>,
  language: Language,
) {
  const { dockerfile, packages: _, from_lock: __, ...rest } = submitted
  const project = await namedProject(deps.scope, submitted.project, 'build')
  requireVisibility(deps.scope, project, submitted)
  const platforms = await readBuildPlatforms(deps.scope.db, submitted.options.platform)
  const terms = { limits, platforms }
  if (dockerfile !== undefined) {
    checkRecipe({ ...rest, dockerfile }, terms)
    return { dockerfile, packages: null, base: null, warnings: [] }
  }
  const composed = await composeBuild(deps, project, submitted, platforms)
  const contexts = { [packageContext]: packageContext }
  checkRecipe({ ...rest, dockerfile: composed.dockerfile, contexts }, terms)
  const { name: reference, pinned } = composed.base
  return {
    dockerfile: composed.dockerfile,
    packages: composed.packages,
    base: { reference, pinned },
    warnings: await readWarnings(deps.scope.farm, composed, language),
  }
}
