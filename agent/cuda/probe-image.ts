import { setTimeout as sleep } from 'node:timers/promises'
import { driverReport, frameworkReport } from '#contract/wire/probe-report.ts'
import { BuildkitError, grpcCode } from '../buildkit/error.ts'
import type { Built, Gateway } from '../buildkit/gateway.ts'
import type { ProgressEvent } from '../buildkit/progress.ts'
import { type Directory, memoryDirectory } from '../buildkit/session/directory.ts'
import { mayRetry } from './may-retry.ts'
import type { ProbeAttempt } from './probe-attempt.ts'
import { readReport } from './read-report.ts'
import { createStepOutput } from './step-output.ts'
import { toolContext, type ToolName, verifyDockerfile } from './verify-dockerfile.ts'

/** The probes for the platform of the image. */
export type ProbeTools = Readonly<Record<Exclude<ToolName, 'nothing'>, Uint8Array>>

export interface ProbeOptions {
  readonly tools: ProbeTools
  /** CDI name of the granted device, such as `nvidia.com/gpu=GPU-…`. */
  readonly device: string
  readonly newNonce: () => string
  readonly limitSeconds: { readonly driver: number; readonly frameworks: number }
  readonly minFreeMib: number
}

/** What a solve needs so that its gate can probe what was built. */
export interface ImageProbe {
  readonly directories: Readonly<Record<string, Directory>>
  readonly entitlements: readonly string[]
  readonly onProgress: (event: ProgressEvent) => void
  /** Probes what was built, once more where a second look may pass. @throws BuildkitError when the daemon is lost. */
  run(gateway: Gateway, built: Built): Promise<readonly ProbeAttempt[]>
}

/** Beyond the limits of the probes themselves: to start them, and to end them when they do not. */
const marginSeconds = 60
const attempts = [1, 2] as const

export function createImageProbe(options: ProbeOptions): ImageProbe {
  const { device, newNonce, tools, limitSeconds, minFreeMib } = options
  const output = createStepOutput()
  const loader = loaderOf(tools['cuda-probe'])
  const prepared = attempts.map((attempt) => {
    const nonces = { driver: newNonce(), frameworks: newNonce() }
    return { key: `kiln-probe-${attempt}`, nonces }
  })
  const limitMs = (limitSeconds.driver + limitSeconds.frameworks + marginSeconds) * 1000
  const probe = async (
    gateway: Gateway,
    built: Built,
    { key, nonces }: (typeof prepared)[number],
  ): Promise<ProbeAttempt> => {
    const attrs = {
      filename: 'Dockerfile',
      cmdline: 'kiln',
      dockerfilekey: key,
      [`context:${toolContext}`]: `local:${toolContext}`,
    }
    const ended = await endOf(gateway.buildOn(built, attrs), limitMs)
    const first = await output.of(nonces.driver)
    const driver = readReport(first.stdout, nonces.driver, driverReport)
    const stuck = ended === 'late'
    const failure = typeof ended === 'string' ? '' : ended.reason
    // The second step is not begun when the first has found fault.
    if (!('report' in driver) || !driver.report.ok) {
      const frameworks = { problem: 'missing' } as const
      const hasLoader = 'report' in driver || stuck || (await gateway.exists(built, loader))
      const error = first.error || failure
      return { nonce: nonces.driver, driver, frameworks, stuck, error, hasLoader }
    }
    const second = await output.of(nonces.frameworks)
    const frameworks = readReport(second.stdout, nonces.frameworks, frameworkReport)
    const error = second.error || failure
    return { nonce: nonces.driver, driver, frameworks, stuck, error }
  }
  return {
    directories: {
      [toolContext]: memoryDirectory({ ...tools, nothing: Buffer.alloc(0) }),
      ...Object.fromEntries(
        prepared.map(({ key, nonces }) => {
          const text = verifyDockerfile({ device, nonces, limitSeconds, minFreeMib })
          return [key, memoryDirectory({ Dockerfile: Buffer.from(text) })]
        }),
      ),
    },
    entitlements: [`device=${device}`],
    onProgress: (event) => output.read(event),
    run: async (gateway, built) => {
      const done: ProbeAttempt[] = []
      for (const one of prepared) {
        const attempt = await probe(gateway, built, one)
        done.push(attempt)
        if (!mayRetry(attempt)) break
      }
      return done
    },
  }
}

/** The loader that a program names: without it the kernel cannot start the program, and does not say why. */
function loaderOf(program: Uint8Array): string {
  const text = Buffer.from(program).toString('latin1')
  return /\/lib[\w/]*\/ld-linux[\w.-]+/.exec(text)?.[0] ?? ''
}

/** How a solve ended. A process that cannot be killed must not hold the build for ever. */
async function endOf(
  solved: Promise<unknown>,
  limitMs: number,
): Promise<'solved' | 'late' | BuildkitError> {
  const stop = new AbortController()
  const late = sleep(limitMs, 'late' as const, { signal: stop.signal }).catch(() => 'late' as const)
  try {
    return await Promise.race([solved.then(() => 'solved' as const), late])
  } catch (error) {
    if (!(error instanceof BuildkitError) || error.code === grpcCode.unavailable) throw error
    return error
  } finally {
    stop.abort()
  }
}
