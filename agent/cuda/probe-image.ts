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
import type { CleanRoom } from './clean-room.ts'
import {
  roomDockerfile,
  roomFile,
  toolContext,
  type ToolName,
  verifyDockerfile,
  type VerifyStep,
} from './verify-dockerfile.ts'

/** The probes for the platform of the image. */
export type ProbeTools = Readonly<Record<Exclude<ToolName, 'nothing'>, Uint8Array>>

export interface ProbeOptions {
  readonly tools: ProbeTools
  /** CDI name of the granted device, such as `nvidia.com/gpu=GPU-…`. */
  readonly device: string
  readonly newNonce: () => string
  readonly limitSeconds: { readonly driver: number; readonly frameworks: number }
  readonly minFreeMib: number
  /** In which a fault of the hardware is looked for again, where the node has one. */
  readonly room?: CleanRoom | undefined
  /** Beyond the limits of the probes themselves: to start them, and to end them when they do not. */
  readonly marginSeconds?: number
}

/** What a solve needs so that its gate can probe what was built. */
export interface ImageProbe {
  readonly directories: Readonly<Record<string, Directory>>
  readonly entitlements: readonly string[]
  readonly onProgress: (event: ProgressEvent) => void
  /** Probes what was built, once more where a second look may pass. @throws BuildkitError when the daemon is lost. */
  run(gateway: Gateway, built: Built): Promise<readonly ProbeAttempt[]>
  /**
   * Probes the driver on the same device without the image, whose own loader could say whatever it likes in the name of
   * the probe. @returns `undefined` where the node has no room for it.
   */
  runApart(gateway: Gateway, built: Built): Promise<ProbeAttempt | undefined>
}

const attempts = [1, 2] as const

interface Prepared {
  /** Under which its Dockerfile is asked for. */
  readonly key: string
  readonly step: VerifyStep
}

export function createImageProbe(options: ProbeOptions): ImageProbe {
  const { device, newNonce, tools, limitSeconds, minFreeMib, marginSeconds = 60 } = options
  const output = createStepOutput()
  const loader = loaderOf(tools['cuda-probe'])
  const prepare = (key: string): Prepared => {
    const nonces = { driver: newNonce(), frameworks: newNonce() }
    return { key, step: { device, nonces, limitSeconds, minFreeMib } }
  }
  const prepared = attempts.map((attempt) => prepare(`kiln-probe-${attempt}`))
  const apart = prepare('kiln-probe-apart')
  const limitMs = (limitSeconds.driver + limitSeconds.frameworks + marginSeconds) * 1000
  /** Without the second step, which is not begun when the first finds fault. */
  const probeDriver = async (gateway: Gateway, built: Built, { key, step }: Prepared) => {
    const ended = await endOf(gateway.buildOn(built, attrsOf(key)), limitMs)
    const nonce = step.nonces.driver
    const { stdout, error } = await output.of(nonce)
    const driver = readReport(stdout, nonce, driverReport)
    const failure = typeof ended === 'string' ? '' : ended.reason
    const frameworks = { problem: 'missing' } as const
    const attempt = { nonce, driver, frameworks, stuck: ended === 'late', error: error || failure }
    return { attempt, failure }
  }
  const probe = async (gateway: Gateway, built: Built, one: Prepared): Promise<ProbeAttempt> => {
    const { attempt, failure } = await probeDriver(gateway, built, one)
    const { driver, stuck } = attempt
    if (!('report' in driver) || !driver.report.ok) {
      const hasLoader = 'report' in driver || stuck || (await gateway.exists(built, loader))
      return { ...attempt, hasLoader }
    }
    const nonce = one.step.nonces.frameworks
    const second = await output.of(nonce)
    const frameworks = readReport(second.stdout, nonce, frameworkReport)
    return { ...attempt, frameworks, error: second.error || failure }
  }
  return {
    directories: directoriesOf(options, prepared, apart),
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
    runApart: async (gateway, built) =>
      options.room && (await probeDriver(gateway, built, apart)).attempt,
  }
}

function attrsOf(key: string): Readonly<Record<string, string>> {
  return {
    filename: 'Dockerfile',
    cmdline: 'kiln',
    dockerfilekey: key,
    [`context:${toolContext}`]: `local:${toolContext}`,
  }
}

function directoriesOf(
  { tools, room = new Map() }: ProbeOptions,
  prepared: readonly Prepared[],
  apart: Prepared,
): ImageProbe['directories'] {
  const files = [...room.values()].map((bytes, index) => [roomFile(index), bytes] as const)
  return {
    [toolContext]: memoryDirectory({
      ...tools,
      nothing: Buffer.alloc(0),
      ...Object.fromEntries(files),
    }),
    ...Object.fromEntries(
      prepared.map(({ key, step }) => [key, oneDockerfile(verifyDockerfile(step))]),
    ),
    [apart.key]: oneDockerfile(roomDockerfile(apart.step, [...room.keys()])),
  }
}

function oneDockerfile(text: string): Directory {
  return memoryDirectory({ Dockerfile: Buffer.from(text) })
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
