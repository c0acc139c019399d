import { defaultGpuPolicy, gpuWaitOf } from '#contract/gpu-policy.ts'
import { defaultScanPolicy } from '#contract/scan.ts'
import { checkDockerfile } from '../../dockerfile/check.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import type { Db, Pool } from '../../records/connect.ts'
import { readPlatforms } from '../../records/nodes.ts'
import { failBuild } from './fail.ts'
import type { FirstSteps } from './first-steps.ts'
import { requireBuild } from './require-build.ts'
import { requireStageWith } from './require-stage.ts'

export function createValidateBuild(deps: { readonly db: Pool }): FirstSteps['validateBuild'] {
  return async (buildId, from) => {
    const entry = { buildId, attempt: 0, stage: 'validating', from } as const
    const build = await requireStageWith(deps.db, entry, async (db) => requireBuild(db, buildId))
    const recipe = composeRecipe(build)
    const [problem] = checkDockerfile(recipe.dockerfile)
    if (problem !== undefined) {
      const line = problem.line - recipe.addedLines
      throw failBuild({ code: 'dockerfile_invalid', message: problem.message, line })
    }
    await requirePlatform(deps.db, build.options.platform)
    return {
      timeouts: build.options.timeouts ?? {},
      gpuWait: gpuWaitOf(build.gpu_policy ?? defaultGpuPolicy),
      ...((build.scan_policy ?? defaultScanPolicy).mode !== 'none' && { scans: true }),
    }
  }
}

/** Nodes may have joined or changed since the build was accepted. */
async function requirePlatform(db: Db, platform: string | undefined): Promise<void> {
  if (platform === undefined) return
  const known = await readPlatforms(db)
  if (known.length === 0 || known.includes(platform)) return
  throw failBuild({ code: 'no_node_for_platform', message: `no node builds for ${platform}` })
}
