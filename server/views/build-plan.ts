import type { AttemptRef, BuildPlan } from '#contract/build.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import type { Db } from '../../records/connect.ts'
import { applyLimits, type FarmLimits } from '../limits.ts'

export interface PushTarget {
  readonly url: URL
  /** Path under which all repositories of this farm lie. */
  readonly prefix: string
  readonly username: string
  readonly password: string
}

export interface PlanDeps {
  readonly db: Db
  readonly push: PushTarget
  readonly limits: FarmLimits
}

/** What the node of this attempt needs. `undefined` when the attempt has ended or is not the current one. */
export async function readPlan(
  { db, push, limits }: PlanDeps,
  { buildId, attempt }: AttemptRef,
): Promise<Omit<BuildPlan, 'next_line'> | undefined> {
  const build = await db
    .selectFrom('builds')
    .innerJoin('attempts', (join) =>
      join
        .onRef('attempts.build_id', '=', 'builds.id')
        .onRef('attempts.number', '=', 'builds.attempt'),
    )
    .innerJoin('projects', 'projects.id', 'builds.project_id')
    .select(['dockerfile', 'base_image', 'options', 'context', 'bases', 'repository'])
    .select('projects.name as project')
    .where('builds.id', '=', buildId)
    .where('builds.attempt', '=', attempt)
    .where('attempts.finished_at', 'is', null)
    .where('cancel_requested_at', 'is', null)
    .executeTakeFirst()
  if (build === undefined) return undefined
  const { dockerfile, addedLines, buildArgs } = composeRecipe(build)
  const { url, prefix, username, password } = push
  return {
    build_id: buildId,
    attempt,
    project: build.project,
    dockerfile,
    added_lines: addedLines,
    options: {
      ...build.options,
      build_args: { ...buildArgs },
      limits: applyLimits(build.options.limits ?? {}, limits),
    },
    context: build.context,
    bases: [...(build.bases ?? [])],
    registry: {
      host: url.host,
      repository: `${url.host}/${prefix}/${build.repository}`,
      insecure: url.protocol === 'http:',
      username,
      secret: password,
    },
  }
}
