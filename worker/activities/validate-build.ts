import type { ControlActivities } from '#contract/activities.ts'
import { checkDockerfile } from '../../dockerfile/check.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import type { Db } from '../../records/connect.ts'
import { failBuild } from './fail.ts'
import { requireBuild } from './require-build.ts'

export function createValidateBuild(deps: { readonly db: Db }): ControlActivities['validateBuild'] {
  return async (buildId) => {
    const build = await requireBuild(deps.db, buildId)
    const recipe = composeRecipe(build)
    const [problem] = checkDockerfile(recipe.dockerfile)
    if (problem === undefined) return { timeouts: build.options.timeouts ?? {} }
    const line = problem.line - recipe.addedLines
    throw failBuild({ code: 'dockerfile_invalid', message: problem.message, line })
  }
}
