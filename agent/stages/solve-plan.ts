import { createHash } from 'node:crypto'
import type { BuildPlan } from '#contract/build.ts'
import { type Digest, isDigest, parseReference } from '#contract/image.ts'
import type { NodeStage } from '#contract/stage.ts'
import { memoryDirectory } from '../buildkit/session/directory.ts'
import { type OpenUpload, uploadUrl } from '../buildkit/session/upload.ts'
import { type Gate, solve } from '../buildkit/solve.ts'
import { createProgressLines, type StepCount } from '../logs/describe-progress.ts'
import type { StageDeps, StageJob } from './run-stage.ts'
import { sourceRules } from './source-rules.ts'

const contextName = 'context.tar'

export interface SolvePlanDeps {
  readonly buildkitAddress: string
  readonly newRef: () => string
  readonly controlPlane: StageDeps['controlPlane']
  readonly now: () => Date
}

export interface SolvePlanOptions {
  readonly push: boolean
  readonly gate?: Gate
  /** Further Dockerfiles that the gate builds, by the name under which it asks for them. */
  readonly dockerfiles?: Readonly<Record<string, string>>
}

/**
 * Solves the plan of an attempt. Each stage solves the same plan anew: what was built before comes from the daemon's
 * cache with the same digest, so a stage needs nothing but the plan and may run after any restart.
 */
export async function solvePlan(
  deps: SolvePlanDeps,
  stage: NodeStage,
  { plan, signal, log }: StageJob,
  { push, gate, dockerfiles = {} }: SolvePlanOptions,
): Promise<StepCount & { readonly digest: Digest }> {
  const lines = createProgressLines(stage, deps.now)
  const { registry } = plan
  const response = await solve({
    address: deps.buildkitAddress,
    ref: deps.newRef(),
    sharedKey: createHash('sha256').update(plan.dockerfile).digest('hex'),
    frontendAttrs: frontendAttrs(plan, stage),
    directories: {
      // Read by a Dockerfile that has no context of its own, such as the one of the verification.
      context: memoryDirectory({}),
      dockerfile: memoryDirectory({ Dockerfile: Buffer.from(plan.dockerfile) }),
      ...Object.fromEntries(
        Object.entries(dockerfiles).map(([name, text]) => [
          name,
          memoryDirectory({ Dockerfile: Buffer.from(text) }),
        ]),
      ),
    },
    uploads: plan.context === null ? {} : { [contextName]: openContext(deps, plan.context) },
    credentials: { [registry.host]: { username: registry.username, secret: registry.secret } },
    secrets: {},
    proxyNetwork: plan.options.network === 'proxy',
    sourceRules,
    exporter: { type: 'image', attrs: exporterAttrs(plan, push) },
    ...(gate && { gate }),
    onProgress: (event) => lines.read(event).forEach(log),
    signal,
  })
  const digest = response['containerimage.digest']
  if (!isDigest(digest)) throw new Error('the exporter named no digest')
  return { digest, ...lines.count() }
}

function frontendAttrs(
  { options, bases, context }: BuildPlan,
  stage: NodeStage,
): Record<string, string> {
  return {
    filename: 'Dockerfile',
    // With this set the daemon never looks for a frontend that a `# syntax` line names.
    cmdline: 'kiln',
    ...prefixed('build-arg', options.build_args),
    ...prefixed('label', options.labels),
    ...(options.target !== undefined && { target: options.target }),
    ...(options.network === 'none' && { 'force-network-mode': 'none' }),
    // The Dockerfile stays the one of the plan, whatever the context holds under that name.
    ...(context !== null && { context: uploadUrl(contextName), dockerfilekey: 'dockerfile' }),
    // Only the first stage: the later ones want exactly what it has just put into the cache.
    ...(options.no_cache && stage === 'building' && { 'no-cache': '' }),
    ...Object.fromEntries(bases.map(pinBase)),
  }
}

function openContext({ controlPlane }: SolvePlanDeps, digest: string): OpenUpload {
  return async () => controlPlane.readContext(digest)
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}:${key}`, value]),
  )
}

/** A named context takes the place of the reference, so the Dockerfile stays as written and its lines keep their numbers. */
function pinBase({ reference, pinned }: BuildPlan['bases'][number]): [string, string] {
  return [`context:${familiar(reference)}`, `docker-image://${pinned}`]
}

/** The form in which the frontend looks a reference up: without the default registry, its folder and the tag `latest`. */
function familiar(reference: string): string {
  const parsed = parseReference(reference)
  const local = parsed?.registry === undefined || parsed.registry === 'docker.io'
  const short = local ? reference.replace(/^docker\.io\//, '').replace(/^library\//, '') : reference
  return short.replace(/:latest$/, '')
}

function exporterAttrs({ registry }: BuildPlan, push: boolean): Record<string, string> {
  return {
    'oci-mediatypes': 'true',
    compression: 'zstd',
    ...(push && {
      name: registry.repository,
      push: 'true',
      'push-by-digest': 'true',
      ...(registry.insecure && { 'registry.insecure': 'true' }),
    }),
  }
}
