import { readStatus } from './error-details.ts'
import { BuildkitError } from './error.ts'
import { ContentDefinition } from './gen/content.ts'
import { type BuildHistoryRecord, ControlDefinition } from './gen/control.ts'
import type { Channel } from './rpc/channel.ts'
import { methodOf } from './rpc/method.ts'

/** What the daemon tells of builds that run and of those that it remembers, by default the last 50 or two days. */
export const historyMethod = methodOf(
  ControlDefinition,
  ControlDefinition.methods.listenBuildHistory,
)
const contentMethod = methodOf(ContentDefinition, ContentDefinition.methods.read)
const whole = { offset: 0n, size: 0n }
const limitMs = 10_000

/** The error of a build that ended, as the daemon recorded it; `undefined` when there is no record or no error in it. */
export async function readRecordedError(
  channel: Channel,
  ref: string,
  outer: AbortSignal,
): Promise<BuildkitError | undefined> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(limitMs)])
  // A record that was once asked for by its ref counts as being read for as long as the daemon runs: nothing deletes it.
  const request = { ref: '', earlyExit: true, activeOnly: false }
  for await (const { record } of channel.serverStream(historyMethod, request, { signal })) {
    if (record?.ref === ref) return readError(channel, record, signal)
  }
  return undefined
}

/** The record holds the message; what the daemon adds to it lies in a blob, however large it is. */
export async function readError(
  channel: Channel,
  { error, externalError }: BuildHistoryRecord,
  signal: AbortSignal,
): Promise<BuildkitError | undefined> {
  if (error === undefined) return undefined
  const blob = externalError && (await readBlob(channel, externalError.digest, signal))
  const details = blob && readStatus(blob).details
  return new BuildkitError(historyMethod.path, error.code, error.message, details)
}

async function readBlob(
  channel: Channel,
  digest: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const { data } of channel.serverStream(
    contentMethod,
    { digest, ...whole },
    { signal },
  ))
    parts.push(data)
  return Buffer.concat(parts)
}
