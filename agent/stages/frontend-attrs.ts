import type { BuildOptions, BuildPlan } from '#contract/build.ts'
import { familiarName } from '#contract/image.ts'
import type { NodeStage } from '#contract/stage.ts'
import { sourceDateEpoch } from './source-date-epoch.ts'
import { splitBases } from './split-bases.ts'

/** The kernel's own period for CPU quotas, in microseconds. */
const cpuPeriodUs = 100_000

/**
 * What the Dockerfile frontend is told. A list of what is allowed, so that nothing of the user's passes unnamed: an
 * option such as `cgroup-parent` would lead out of the limits of a build. Pure.
 */
export function frontendAttrs(plan: BuildPlan, stage: NodeStage): Record<string, string> {
  const { options } = plan
  const epoch = sourceDateEpoch(options)
  return {
    filename: 'Dockerfile',
    // With this set the daemon never looks for a frontend that a `# syntax` line names.
    cmdline: 'kiln',
    ...prefixed('build-arg', options.build_args),
    ...prefixed('label', options.labels),
    ...(epoch !== undefined && { 'build-arg:SOURCE_DATE_EPOCH': epoch }),
    ...(options.target !== undefined && { target: options.target }),
    ...runAttrs(options),
    ...(options.network === 'none' && { 'force-network-mode': 'none' }),
    // The Dockerfile stays the one of the plan, whatever the context holds under that name.
    dockerfilekey: 'dockerfile',
    // Only the first stage: the later ones want exactly what it has just put into the cache.
    ...(stage === 'building' && noCacheAttrs(options.no_cache)),
    ...Object.fromEntries(splitBases(plan).asContexts.map(pinBase)),
  }
}

/** The frontend takes an empty list for every stage. */
function noCacheAttrs(noCache: BuildOptions['no_cache']): Record<string, string> {
  if (noCache === false) return {}
  return { 'no-cache': noCache === true ? '' : noCache.join(',') }
}

/**
 * Where and within which limits RUN works, for the verification too. Limits are no part of the cache key: the same step
 * under another limit is the same step.
 */
export function runAttrs({ platform, limits = {} }: BuildOptions): Record<string, string> {
  const { memory, cpus, shm_size: shmSize, nofile } = limits
  return {
    ...(platform !== undefined && { platform }),
    ...(memory !== undefined && { memory: String(memory) }),
    ...(cpus !== undefined && {
      cpuperiod: String(cpuPeriodUs),
      cpuquota: String(Math.round(cpus * cpuPeriodUs)),
    }),
    ...(shmSize !== undefined && { 'shm-size': String(shmSize) }),
    ...(nofile !== undefined && { ulimit: `nofile=${nofile}:${nofile}` }),
  }
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}:${key}`, value]),
  )
}

/** A named context takes the place of the reference, so the Dockerfile stays as written and its lines keep their numbers. */
function pinBase({ reference, pinned }: BuildPlan['bases'][number]): [string, string] {
  return [`context:${familiarName(reference)}`, `docker-image://${pinned}`]
}
