import { BuildkitError, grpcCode } from './error.ts'
import { type BuildHistoryRecord, BuildHistoryEventType } from './gen/control.ts'
import { historyMethod, readError } from './history.ts'
import { nameStep } from './name-step.ts'
import { type ProgressOptions, reportProgress } from './report-progress.ts'
import { askDaemon } from './rpc/ask-daemon.ts'
import type { Channel } from './rpc/channel.ts'

/** What an exporter of a build has made. */
export interface Exported {
  /** Its place among the exporters of the solve, from 0. */
  readonly exporter: number
  readonly mediaType: string
  /** `sha256:…` of the manifest or index. */
  readonly digest: string
  /** Bytes of the manifest or index. */
  readonly size: number
}

/**
 * Follows a build that another client started: one that runs is told from its beginning and followed, one that has
 * ended is told from the daemon's history. A build ends with the client that started it, so this only watches.
 * @returns what was exported as an image; the history keeps no more of a solve's answer. @throws what `solve` throws, and
 * a BuildkitError with `grpcCode.notFound` for a build that the daemon does not know: it never ran, was killed with the
 * daemon, or is forgotten.
 */
export async function attach(options: ProgressOptions): Promise<readonly Exported[]> {
  const { address, ref, signal } = options
  const known = await askDaemon(address, signal, async (channel) => isKnown(channel, ref, signal))
  if (!known) throw unknownBuild(ref)
  using progress = reportProgress(options)
  const { record, error } = await askDaemon(address, signal, async (channel) =>
    readEnd(channel, ref, signal),
  )
  await progress.finish()
  if (error !== undefined) throw nameStep(error, progress.steps)
  return [...(record.result?.results ?? [])].map(([exporter, { mediaType, digest, size }]) => ({
    exporter: Number(exporter),
    mediaType,
    digest,
    size: Number(size),
  }))
}

async function isKnown(channel: Channel, ref: string, signal: AbortSignal): Promise<boolean> {
  const request = { ref, earlyExit: true, activeOnly: false }
  for await (const { record } of channel.serverStream(historyMethod, request, { signal })) {
    if (record?.ref === ref) return true
  }
  return false
}

async function readEnd(channel: Channel, ref: string, signal: AbortSignal) {
  const record = await waitForEnd(channel, ref, signal)
  return { record, error: await readError(channel, record, signal) }
}

async function waitForEnd(
  channel: Channel,
  ref: string,
  signal: AbortSignal,
): Promise<BuildHistoryRecord> {
  const request = { ref, earlyExit: false, activeOnly: false }
  for await (const { type, record } of channel.serverStream(historyMethod, request, { signal })) {
    if (type === BuildHistoryEventType.DELETED) break
    if (type === BuildHistoryEventType.COMPLETE && record !== undefined) return record
  }
  throw unknownBuild(ref)
}

function unknownBuild(ref: string): BuildkitError {
  const reason = `the daemon does not know the build ${ref}`
  return new BuildkitError(historyMethod.path, grpcCode.notFound, reason)
}
