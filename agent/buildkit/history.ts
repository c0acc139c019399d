import { readStatus } from './error-details.ts'
import { BuildkitError } from './error.ts'
import { ContentDefinition } from './gen/content.ts'
import { ControlDefinition } from './gen/control.ts'
import type { Channel } from './rpc/channel.ts'
import { methodOf } from './rpc/method.ts'

const limitMs = 10_000

/**
 * The error of a build that ended, as the daemon recorded it: for an error that was too large to be sent.
 * `undefined` when there is no record or it holds no error.
 */
export async function readRecordedError(
  channel: Channel,
  ref: string,
): Promise<BuildkitError | undefined> {
  const signal = AbortSignal.timeout(limitMs)
  const listen = methodOf(ControlDefinition, ControlDefinition.methods.listenBuildHistory)
  const request = { ref, earlyExit: true, activeOnly: false }
  for await (const { record } of channel.serverStream(listen, request, { signal })) {
    if (record?.error === undefined) continue
    const { code, message } = record.error
    const blob =
      record.externalError && (await readBlob(channel, record.externalError.digest, signal))
    return new BuildkitError(listen.path, code, message, blob && readStatus(blob).details)
  }
  return undefined
}

async function readBlob(
  channel: Channel,
  digest: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const read = methodOf(ContentDefinition, ContentDefinition.methods.read)
  const parts: Uint8Array[] = []
  for await (const { data } of channel.serverStream(read, { digest }, { signal })) parts.push(data)
  return Buffer.concat(parts)
}
