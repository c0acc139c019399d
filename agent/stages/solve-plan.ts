import { createHash } from 'node:crypto'
import type { AttemptRef, BuildPlan } from '#contract/build.ts'
import { type Digest, isDigest } from '#contract/image.ts'
import type { NodeStage } from '#contract/stage.ts'
import { type Directory, memoryDirectory } from '../buildkit/session/directory.ts'
import type { StepEvent } from '../buildkit/progress.ts'
import type { Gate, SolveOptions } from '../buildkit/solve-options.ts'
import { maxSentDockerfile } from '../buildkit/solve-request.ts'
import { solve } from '../buildkit/solve.ts'
import type { SourceRule } from '../buildkit/source-policy.ts'
import type { LendDeps } from '../contexts/lend-context.ts'
import { type DaemonPool, DaemonUnavailable } from '../daemon/daemon-pool.ts'
import type { NodeDisk, SolveWatch } from '../disk/node-disk.ts'
import type { ImageProbe } from '../cuda/probe-image.ts'
import { createProgressLog, type StepCount } from '../logs/describe-progress.ts'
import { cacheLocations } from './cache-locations.ts'
import { exporterAttrs } from './exporter-attrs.ts'
import { frontendAttrs } from './frontend-attrs.ts'
import { lendPlanContexts } from './plan-contexts.ts'
import { openPlanSecrets } from './plan-secrets.ts'
import { nameLimit } from './limit-reached.ts'
import type { SavedImages } from '../saving/saved-images.ts'
import type { RegistryLogin } from './registry-login.ts'
import type { StageDeps, StageJob } from './run-stage.ts'
import { imageRules } from './source-rules.ts'
import { watchOutput } from './watch-output.ts'

export interface SolvePlanDeps extends LendDeps {
  readonly daemons: Pick<DaemonPool, 'use'>
  readonly disk: Pick<NodeDisk, 'settle' | 'watch' | 'repair'>
  /** What builds may read from the network. */
  readonly sourceRules: readonly SourceRule[]
  readonly registryLogin: RegistryLogin
  readonly savedImages: Pick<SavedImages, 'open'>
  readonly newRef: () => string
  /** The span that a solve is a part of; undefined where nothing is traced. */
  readonly traceparent: () => string | undefined
  readonly controlPlane: StageDeps['controlPlane']
  readonly now: () => Date
}

export interface SolvePlanOptions {
  readonly push: boolean
  readonly gate?: Gate
  /** What the gate probes the result with. */
  readonly probe?: Pick<ImageProbe, 'directories' | 'entitlements' | 'onProgress'>
  /** Further Dockerfiles that the gate builds, by the name under which it asks for them. */
  readonly dockerfiles?: Readonly<Record<string, string>>
}

export interface SolvedPlan extends StepCount {
  readonly digest: Digest
  readonly configDigest?: Digest
  /** Folder of the daemon's content, which holds what was built. */
  readonly blobs: string
}

/**
 * Solves the plan of an attempt. Each stage solves the same plan anew: what was built before comes from the daemon's
 * cache with the same digest, so a stage needs nothing but the plan and may run after any restart.
 */
export async function solvePlan(
  deps: SolvePlanDeps,
  stage: NodeStage,
  job: StageJob,
  { push, gate, probe, dockerfiles = {} }: SolvePlanOptions,
): Promise<SolvedPlan> {
  const { response, steps, blobs } = await runSolve(deps, stage, job, {
    exporters: [{ type: 'image', attrs: exporterAttrs(job.plan, push) }],
    dockerfiles,
    ...(gate && { gate }),
    ...(probe && { probe }),
  })
  const digest = response['containerimage.digest']
  if (!isDigest(digest)) throw new Error('the exporter named no digest')
  const configDigest = response['containerimage.config.digest']
  return { digest, ...(isDigest(configDigest) && { configDigest }), blobs, ...steps }
}

/** Writes the caches of a plan that was built before on the same daemon. */
export async function exportCaches(deps: SolvePlanDeps, job: StageJob): Promise<void> {
  const cacheExports = cacheLocations(job.plan).exports
  await runSolve(deps, 'pushing', job, { exporters: [], cacheExports, dockerfiles: {} })
}

type Outputs = Pick<SolveOptions, 'exporters' | 'cacheExports' | 'gate'> &
  Pick<SolvePlanOptions, 'probe'> &
  Required<Pick<SolvePlanOptions, 'dockerfiles'>>

/** Solves on a disk with room, as far as there is some. @throws DiskFull when there was not enough. */
async function runSolve(deps: SolvePlanDeps, stage: NodeStage, job: StageJob, outputs: Outputs) {
  const { signal, plan } = job
  await deps.disk.settle(signal)
  using disk = deps.disk.watch(plan.project)
  const stoppable = { ...job, signal: AbortSignal.any([signal, disk.signal]) }
  try {
    return await solveOnce(deps, stage, stoppable, outputs, disk)
  } catch (error) {
    if (error instanceof DaemonUnavailable) await deps.disk.repair(plan.project)
    throw await disk.judge(error)
  }
}

async function solveOnce(
  deps: SolvePlanDeps,
  stage: NodeStage,
  { plan, signal, log, numbers, steps }: StageJob,
  { dockerfiles, probe, ...outputs }: Outputs,
  disk: Pick<SolveWatch, 'read'>,
) {
  const progress = createProgressLog(stage, deps.now, log, numbers)
  using daemon = await deps.daemons.use(plan.project)
  using opened = openPlanSecrets(plan)
  const saved = plan.save && deps.savedImages.open(refOf(plan))
  using contexts = await lendPlanContexts(deps, daemon.contexts, plan)
  const given = { ...contexts.frontendAttrs, ...saved?.frontendAttrs }
  const login = deps.registryLogin(plan, signal)
  const silence = stage === 'building' ? plan.options.timeouts?.no_output : undefined
  using watch = silence === undefined ? undefined : watchOutput(silence)
  const told = new Map<string, StepEvent>()
  const response = await solve({
    address: daemon.address,
    ref: deps.newRef(),
    traceparent: deps.traceparent(),
    sharedKey: createHash('sha256').update(plan.dockerfile).digest('hex'),
    frontendAttrs: { ...frontendAttrs(plan, stage), ...given },
    directories: {
      // Read by a Dockerfile that has no context of its own, such as the one of the verification.
      context: memoryDirectory({}),
      ...dockerfileFolders({ ...dockerfiles, dockerfile: saved?.dockerfile ?? plan.dockerfile }),
      ...probe?.directories,
    },
    ...(probe && { entitlements: probe.entitlements }),
    inputs: contexts.inputs,
    findBlob: saved?.findBlobIn(daemon.blobs),
    credentials: login.credentials,
    secrets: opened.secrets,
    sshAgents: opened.sshAgents,
    proxyNetwork: plan.options.network === 'proxy',
    sourceRules: [...deps.sourceRules, ...imageRules(plan), ...contexts.sourceRules],
    ...outputs,
    // The record holds what the steps print, secrets included; a large error can be read from nowhere else.
    recorded: stage === 'building' && Buffer.byteLength(plan.dockerfile) > maxSentDockerfile,
    // In each stage: what a step takes from here is not in the daemon's own cache afterwards.
    cacheImports: cacheLocations(plan).imports,
    onProgress: (event) => {
      if (event.kind === 'step') told.set(event.digest, event)
      const moved = contexts.transferOf(event)
      if (moved !== undefined) steps.read(moved)
      disk.read(event)
      watch?.read(event)
      probe?.onProgress(event)
      progress.read(event)
      steps.read(event)
    },
    readOn: (reading) => {
      const room = log.room(reading)
      return room && watch !== undefined ? watch.hold(room) : room
    },
    signal: watch === undefined ? signal : AbortSignal.any([signal, watch.signal]),
  }).catch(async (error: unknown) => {
    const problem = contexts.problem() ?? login.problem()
    throw problem ?? (await nameLimit(error, told, daemon.limits))
  })
  return { response, steps: progress.count(), blobs: daemon.blobs }
}

function refOf({ build_id: buildId, attempt }: BuildPlan): AttemptRef {
  return { buildId, attempt }
}

/** A folder for each, by the name under which the frontend asks for it. */
function dockerfileFolders(texts: Readonly<Record<string, string>>): Record<string, Directory> {
  const folders = Object.entries(texts).map(([name, text]) => [
    name,
    memoryDirectory({ Dockerfile: Buffer.from(text) }),
  ])
  return Object.fromEntries(folders)
}
