import type { Verification } from '#contract/build.ts'
import type { Digest } from '#contract/image.ts'
import type { Built, Gateway } from '../buildkit/gateway.ts'
import { runAttrs } from './frontend-attrs.ts'
import { requireDigest } from './require-digest.ts'
import type { StageDeps, StageJob } from './run-stage.ts'
import { solvePlan, type SolvePlanDeps } from './solve-plan.ts'

export interface RunProgramDeps extends StageDeps, SolvePlanDeps {
  readonly newNonce: () => string
}

/** Programs that end well at once, by the paths at which images have them. */
const harmless = [
  ['/bin/true'],
  ['/usr/bin/true'],
  ['/bin/busybox', 'true'],
  ['/bin/sh', '-c', 'exit 0'],
] as const

const folder = 'verify'

/** The nonce is part of the step, so the daemon runs it each time instead of answering from its cache. */
const smokeDockerfile = (command: readonly string[]) =>
  `FROM built\nARG KILN_NONCE\nRUN --network=none ${JSON.stringify(command)}\n`

/**
 * Runs a program of the image on what was built, in a solve of its own: that layer is thrown away, and the digest of
 * what was judged is the exporter's. An image without such a program is not run, and its record says so by naming none.
 */
export async function runProgram(
  deps: RunProgramDeps,
  job: StageJob,
  digest: Digest,
): Promise<Verification> {
  const nonce = deps.newNonce()
  const startedAt = deps.now().getTime()
  let command: readonly string[] | undefined
  const judged = await solvePlan(deps, 'verifying', job, {
    push: false,
    dockerfiles: Object.fromEntries(
      harmless.map((program, index) => [`${folder}${index}`, smokeDockerfile(program)]),
    ),
    gate: async (gateway, built) => {
      const index = await findProgram(gateway, built)
      if (index === undefined) return
      command = harmless[index]
      await gateway.buildOn(built, {
        filename: 'Dockerfile',
        cmdline: 'kiln',
        ...runAttrs(job.plan.options),
        dockerfilekey: `${folder}${index}`,
        'build-arg:KILN_NONCE': nonce,
      })
    },
  })
  requireDigest(judged.digest, digest)
  const { configDigest } = judged
  return {
    digest,
    ...(configDigest && { configDigest }),
    verdict: 'not_gpu',
    evidence: 'measured',
    ...(command && { command: command.join(' ') }),
    nonce,
    durationMs: deps.now().getTime() - startedAt,
  }
}

async function findProgram(gateway: Gateway, built: Built): Promise<number | undefined> {
  for (const [index, [path]] of harmless.entries()) {
    if (await gateway.exists(built, path)) return index
  }
  return undefined
}
