import { cacheFolder } from '#contract/image.ts'
import type { AttemptRef, BuildOptions, BuildPlan } from '#contract/build.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import type { Db } from '../../records/connect.ts'
import { anyGpu } from '../../records/evidence.ts'
import { readSaveOrder } from './save-order.ts'
import { selectOpenAttempt } from '../../records/open-attempt.ts'
import { readBuildSecrets } from '../../records/secrets.ts'
import { effectivePolicy } from '../gpus/effective-policy.ts'
import { pinnedContexts } from './pinned-contexts.ts'
import { applyLimits, type FarmLimits } from '../limits.ts'
import type { Vault } from '../secrets/vault.ts'

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
  readonly vault: Vault | undefined
  readonly allowUnverified: boolean
}

/** What the node of this attempt needs. `undefined` when the attempt has ended or is not the current one. */
export async function readPlan(
  deps: PlanDeps,
  { buildId, attempt }: AttemptRef,
): Promise<Omit<BuildPlan, 'next_line'> | undefined> {
  const { db, push, limits } = deps
  const build = await selectOpenAttempt(db, { buildId, attempt })
    .innerJoin('projects', 'projects.id', 'builds.project_id')
    .leftJoin('build_packages', 'build_packages.build_id', 'builds.id')
    .leftJoin('build_saves', 'build_saves.build_id', 'builds.id')
    .select('build_packages.build_id as composed')
    .select('build_saves.build_id as saves')
    .select(['dockerfile', 'base_image', 'options', 'repository', 'tag'])
    .select(['context', 'sources', 'bases'])
    .select(['projects.name as project', 'project_id', 'builds.gpu_policy', 'gpu_waited'])
    .select(anyGpu.as('hasGpu'))
    .where('cancel_requested_at', 'is', null)
    .executeTakeFirst()
  if (build === undefined) return undefined
  const policy = effectivePolicy(build.gpu_policy, { ...deps, hasGpu: build.hasGpu })
  const { dockerfile, addedLines, buildArgs } = composeRecipe(build)
  const { url, prefix } = push
  return {
    build_id: buildId,
    attempt,
    project: build.project,
    dockerfile,
    added_lines: addedLines,
    ...(build.composed !== null && { packages: true }),
    ...(build.saves !== null && { save: await readSaveOrder(db, buildId) }),
    options: {
      ...build.options,
      build_args: { ...buildArgs },
      limits: applyLimits(build.options.limits ?? {}, limits),
    },
    ...pinnedContexts(build.context, build.sources),
    bases: [...(build.bases ?? [])],
    gpu_policy:
      build.gpu_waited && 'wait_seconds' in policy ? { ...policy, wait_seconds: 0 } : policy,
    ...(await openSecrets(deps, buildId, build)),
    registry: {
      host: url.host,
      repository: `${url.host}/${prefix}/${build.repository}`,
      cache: `${url.host}/${prefix}/${cacheFolder}/${build.project}/${build.repository}:${build.tag}`,
      insecure: url.protocol === 'http:',
      // Nodes ask for each login; those of the version before still look for these.
      username: '',
      secret: '',
    },
  }
}

interface SecretUse {
  readonly project: string
  readonly project_id: number
  readonly options: BuildOptions
}

async function openSecrets(
  { db, vault }: PlanDeps,
  buildId: string,
  { project: name, project_id: id, options }: SecretUse,
): Promise<Pick<BuildPlan, 'secrets' | 'ssh'>> {
  const { secrets = [], ssh = [] } = options
  if (secrets.length + ssh.length === 0) return { secrets: [], ssh: [] }
  if (vault === undefined) throw new Error('a build uses secrets, and the server has no key')
  const opened = await vault.open({ id, name }, await readBuildSecrets(db, buildId))
  const values = new Map(
    opened.map(({ name: secret, value }) => [secret, value.toString('base64')]),
  )
  for (const { value } of opened) value.fill(0)
  const valueOf = (secret: string): string => {
    const value = values.get(secret)
    if (value === undefined) throw new Error(`the value of ${secret} is gone`)
    return value
  }
  return {
    secrets: secrets.map(({ id: mount, secret }) => ({ id: mount, value: valueOf(secret) })),
    ssh: ssh.map(({ id: mount, secret }) => ({ id: mount, key: valueOf(secret) })),
  }
}
