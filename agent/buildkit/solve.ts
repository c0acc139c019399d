import { BuildkitError, grpcCode } from './error.ts'
import { type Built, createGateway, frontend, type Gateway } from './gateway.ts'
import { ControlDefinition } from './gen/control.ts'
import { readRecordedError } from './history.ts'
import { followProgress, type ProgressEvent } from './progress.ts'
import { type Channel, openChannel } from './rpc/channel.ts'
import { methodOf } from './rpc/method.ts'
import type { Directory } from './session/directory.ts'
import { type SourceRule, sourcePolicy } from './source-policy.ts'
import { fileSync } from './session/file-sync.ts'
import { openSession } from './session/open-session.ts'
import { auth, health, type RegistryCredential, secrets } from './session/services.ts'
import { type OpenUpload, uploads } from './session/upload.ts'

/** How long the progress of a solve that has ended may take to arrive. */
const lastProgressMs = 5_000

export type Gate = (gateway: Gateway, built: Built) => Promise<void>

export interface SolveOptions {
  readonly address: string
  /** Unique among the builds that the daemon knows. */
  readonly ref: string
  readonly sharedKey: string
  readonly frontendAttrs: Readonly<Record<string, string>>
  readonly directories: Readonly<Record<string, Directory>>
  /** Bytes that the daemon may fetch as sources, by name: see `uploadUrl`. */
  readonly uploads: Readonly<Record<string, OpenUpload>>
  readonly credentials: Readonly<Record<string, RegistryCredential>>
  readonly secrets: Readonly<Record<string, Uint8Array>>
  /** RUN reaches the network through a proxy of the daemon only, never by a socket of its own. */
  readonly proxyNetwork: boolean
  /** What the build may read, through that proxy too. */
  readonly sourceRules: readonly SourceRule[]
  readonly exporter: { readonly type: string; readonly attrs: Readonly<Record<string, string>> }
  /** Judges what was built before it is exported. When it throws, nothing is, and `solve` rejects with its error. */
  readonly gate?: Gate
  readonly onProgress: (event: ProgressEvent) => void
  readonly signal: AbortSignal
}

/**
 * Builds a Dockerfile, lets the gate judge the result, and exports exactly that result.
 * @returns what the exporter says, such as `containerimage.digest`. @throws BuildkitError; the signal's reason when aborted.
 */
export async function solve(options: SolveOptions): Promise<Readonly<Record<string, string>>> {
  using channel = openChannel(options.address)
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  using session = openSession(channel, {
    id: options.ref,
    sharedKey: options.sharedKey,
    signal,
    handlers: [
      health(),
      fileSync(options.directories),
      auth(options.credentials),
      secrets(options.secrets),
      uploads(options.uploads),
    ],
  })
  const exported = runSolve(channel, session.id, options, signal)
  const names = new Map<string, string>()
  const progress = report(channel, options, signal, names)
  try {
    if (options.gate !== undefined) {
      const gated = drive(channel, options, options.gate, signal)
      await Promise.race([gated, exported.then(() => undefined)])
    }
    return await exported
  } catch (error) {
    options.signal.throwIfAborted()
    throw nameStep(await wholeError(channel, options.ref, error, exported), names)
  } finally {
    const late = setTimeout(() => stop.abort(), lastProgressMs)
    await progress
    clearTimeout(late)
    stop.abort()
    exported.catch(() => undefined)
  }
}

async function runSolve(
  channel: Channel,
  session: string,
  options: SolveOptions,
  signal: AbortSignal,
) {
  const { type, attrs } = options.exporter
  const { exporterResponse } = await channel.unary(
    methodOf(ControlDefinition, ControlDefinition.methods.solve),
    {
      ref: options.ref,
      session,
      ...(options.gate === undefined
        ? { frontend, frontendAttrs: { ...options.frontendAttrs } }
        : { frontend: '', frontendAttrs: {} }),
      entitlements: [],
      exporters: [{ type, attrs: { ...attrs } }],
      proxyNetwork: options.proxyNetwork,
      sourcePolicy: sourcePolicy(options.sourceRules),
    },
    { signal },
  )
  return exporterResponse
}

/** Plays the part of the frontend: an empty Solve waits for a result that is given to it from here. */
async function drive(
  channel: Channel,
  options: SolveOptions,
  gate: Gate,
  signal: AbortSignal,
): Promise<void> {
  const gateway = createGateway(channel, options.ref, signal)
  try {
    const built = await gateway.build(options.frontendAttrs)
    await gate(gateway, built)
    await gateway.finish(built)
  } catch (error) {
    if (!signal.aborted) await gateway.refuse('refused').catch(() => undefined)
    throw error
  }
}

/** Progress is worth telling but never the reason for a failure: the solve itself says what went wrong. */
async function report(
  channel: Channel,
  options: SolveOptions,
  signal: AbortSignal,
  names: Map<string, string>,
): Promise<void> {
  try {
    for await (const event of followProgress(channel, options.ref, { signal })) {
      if (event.kind === 'step') names.set(event.digest, event.name)
      options.onProgress(event)
    }
  } catch (error) {
    if (!(error instanceof BuildkitError) && !signal.aborted) throw error
  }
}

/** The daemon names the step that failed by its digest; the progress has told what it is called. */
function nameStep(error: unknown, names: ReadonlyMap<string, string>): unknown {
  if (!(error instanceof BuildkitError)) return error
  const { method, code, reason, details } = error
  const step = names.get(details.vertex ?? '')
  if (step === undefined) return error
  return new BuildkitError(method, code, reason, { ...details, step }, { cause: error })
}

/** An error that was too large to be sent is read from the build history, once the solve has ended. */
async function wholeError(
  channel: Channel,
  ref: string,
  error: unknown,
  exported: Promise<unknown>,
): Promise<unknown> {
  const cut = error instanceof BuildkitError && error.code === grpcCode.internal
  if (!cut) return error
  await exported.catch(() => undefined)
  return (await readRecordedError(channel, ref).catch(() => undefined)) ?? error
}
