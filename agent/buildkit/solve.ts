import { BuildkitError, grpcCode } from './error.ts'
import { createGateway } from './gateway.ts'
import { ControlDefinition } from './gen/control.ts'
import { readRecordedError } from './history.ts'
import { errorOfStep, nameStep } from './name-step.ts'
import { type ProgressReport, reportProgress } from './report-progress.ts'
import { type Channel, type Metadata, openChannel } from './rpc/channel.ts'
import { methodOf } from './rpc/method.ts'
import { auth } from './session/auth.ts'
import { fileSend } from './session/file-send.ts'
import { fileSync } from './session/file-sync.ts'
import { imageLayout } from './session/image-layout.ts'
import { openSession } from './session/open-session.ts'
import { health, secrets } from './session/services.ts'
import { sshForward } from './session/ssh-forward.ts'
import { uploads } from './session/upload.ts'
import type { Gate, SolveOptions } from './solve-options.ts'
import { allFrontendAttrs, inputsOf, solveRequest } from './solve-request.ts'

const solveMethod = methodOf(ControlDefinition, ControlDefinition.methods.solve)

/**
 * Builds a Dockerfile, lets the gate judge the result, and exports exactly that result.
 * @returns what the exporter says, such as `containerimage.digest`. @throws BuildkitError; the signal's reason when aborted,
 * once the daemon has stopped what ran for it, or says nothing of that.
 */
export async function solve(options: SolveOptions): Promise<Readonly<Record<string, string>>> {
  options.signal.throwIfAborted()
  using channel = openChannel(options.address)
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  using _ = openSession(channel, {
    id: options.ref,
    sharedKey: options.sharedKey,
    signal,
    handlers: [
      health(),
      fileSync(options.directories),
      ...auth(options.credentials ?? {}),
      secrets(options.secrets ?? {}),
      ...sshForward(options.sshAgents ?? new Map()),
      uploads(options.uploads ?? {}),
      ...(options.findBlob === undefined ? [] : imageLayout(options.findBlob)),
      fileSend((options.exporters ?? []).map(({ output }) => output)),
    ],
  })
  const exported = channel
    .unary(solveMethod, solveRequest(options), { signal, metadata: tracedBy(options) })
    .then(({ exporterResponse }) => exporterResponse)
  const progress = reportProgress(options)
  try {
    if (options.gate !== undefined) {
      const gated = drive(channel, options, options.gate, signal)
      await Promise.race([gated, exported.then(() => undefined)])
    }
    return await exported
  } catch (error) {
    const whole = options.signal.aborted
      ? error
      : await wholeError(channel, options, error, { exported, progress })
    options.signal.throwIfAborted()
    throw nameStep(whole, progress.steps)
  } finally {
    await progress.finish()
    stop.abort()
    exported.catch(() => undefined)
  }
}

function tracedBy({ traceparent }: SolveOptions): Metadata {
  return traceparent === undefined ? {} : { traceparent }
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
    const built = await gateway.build(allFrontendAttrs(options), inputsOf(options))
    await gate(gateway, built)
    await gateway.finish(built)
  } catch (error) {
    if (!signal.aborted) await gateway.refuse('refused').catch(() => undefined)
    throw error
  }
}

/** An error that was too large to be sent is read from the build history, or else from the progress. */
async function wholeError(
  channel: Channel,
  { ref, signal }: SolveOptions,
  error: unknown,
  { exported, progress }: { exported: Promise<unknown>; progress: ProgressReport },
): Promise<unknown> {
  const cut = error instanceof BuildkitError && error.code === grpcCode.internal
  if (!cut) return error
  await exported.catch(() => undefined)
  const recorded = await readRecordedError(channel, ref, signal).catch(() => undefined)
  if (recorded !== undefined) return recorded
  await progress.finish()
  return errorOfStep(error.method, progress.steps) ?? error
}
