import { frameworkNames } from '#contract/wire/probe-report.ts'
import type { FrameworkName } from '#contract/probe-report.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { Digest } from '#contract/image.ts'
import { imageConfig } from '#contract/wire/image-manifest.ts'
import type { Built } from '../buildkit/gateway.ts'
import type { CleanRoom } from '../cuda/clean-room.ts'
import { sawHardwareFault } from '../cuda/hardware-fault.ts'
import type { ProbeAttempt } from '../cuda/probe-attempt.ts'
import { createImageProbe, type ProbeTools } from '../cuda/probe-image.ts'
import { steeringVariables } from '../cuda/verify-dockerfile.ts'
import { type MeasuredVerdict, verdict } from '../cuda/verdict.ts'
import { minFreeMib } from '../inventory/gpus/min-free.ts'
import { requireDigest } from './require-digest.ts'
import type { StageJob } from './run-stage.ts'
import { solvePlan, type SolvePlanDeps } from './solve-plan.ts'

export interface ProbeBuiltDeps extends SolvePlanDeps {
  readonly probeTools: () => Promise<ProbeTools>
  /** Paths in containers of the libcuda that the node's CDI specifications bring. */
  readonly driverFiles: () => Promise<readonly string[]>
  /** In which a fault of the hardware must show again; absent on a node that has none. */
  readonly cleanRoom: () => Promise<CleanRoom | undefined>
  readonly newNonce: () => string
  /** A farm for tests: what passes on a simulated GPU passes, and is called simulated. */
  readonly simulation: boolean
}

export interface ProbeTarget {
  readonly digest: Digest
  readonly facts: ImageFacts
  readonly gpu: LeasedGpu
}

export interface Measured {
  /** Of what was exported, where something was. */
  readonly configDigest?: Digest
  readonly attempts: readonly ProbeAttempt[]
  readonly verdict: MeasuredVerdict
  /** The probe has seen the hardware fail, and has seen it again where nothing of the image was. */
  readonly isHardwareFault: boolean
  /** The daemon did not end a probe in time, so something may run on the GPU for good. */
  readonly stuck: boolean
}

/** A framework may compile its kernels for the GPU when it starts, which takes minutes. */
const limitSeconds = { driver: 20, frameworks: 240 }

/**
 * Runs the probes in exactly the image that was built, on the one GPU that was granted, in a solve of its own whose
 * steps have no network and whose layers are thrown away.
 */
export async function probeBuilt(
  deps: ProbeBuiltDeps,
  job: StageJob,
  { digest, facts, gpu }: ProbeTarget,
): Promise<Measured> {
  const [tools, driverFiles, room] = await Promise.all([
    deps.probeTools(),
    deps.driverFiles(),
    deps.cleanRoom(),
  ])
  const device = `nvidia.com/gpu=${gpu.uuid}`
  const { newNonce, simulation } = deps
  const probe = createImageProbe({ tools, device, newNonce, limitSeconds, minFreeMib, room })
  let measured: Measured | undefined
  const solved = await solvePlan(deps, 'verifying', job, {
    push: false,
    probe,
    gate: async (gateway, built) => {
      const attempts = await probe.run(gateway, built)
      const judged = verdict({
        granted: gpu.uuid,
        driverFiles,
        attempts,
        present: frameworksOf(facts),
        steering: steeringVariables(envOf(built)),
        simulation,
      })
      const isSuspect = attempts.some(({ driver }) => sawHardwareFault(driver))
      const apart = isSuspect ? await probe.runApart(gateway, built) : undefined
      measured = {
        attempts,
        verdict: judged,
        isHardwareFault: apart !== undefined && sawHardwareFault(apart.driver),
        stuck: [...attempts, apart].some((one) => one?.stuck),
      }
      // What did not pass is not exported: the solve ends without a result.
      if (!judged.passed) throw new Error('the image did not pass')
    },
  }).catch((error: unknown) => {
    job.signal.throwIfAborted()
    // Whatever the daemon calls a solve that was ended for it, what was measured stands.
    if (measured === undefined || measured.verdict.passed) throw error
  })
  if (measured === undefined) throw new Error('the image was not probed')
  if (solved === undefined) return measured
  requireDigest(solved.digest, digest)
  const { configDigest } = solved
  return { ...measured, ...(configDigest && { configDigest }) }
}

function frameworksOf({ frameworks }: ImageFacts): readonly FrameworkName[] {
  const forCuda = frameworks.filter(({ cuda }) => cuda !== undefined).map(({ name }) => name)
  return frameworkNames.filter((name) => forCuda.includes(name))
}

function envOf({ result }: Built): readonly string[] {
  const bytes = result.metadata['containerimage.config'] ?? Buffer.from('{}')
  const { data } = imageConfig.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
  return data?.config?.Env ?? []
}
