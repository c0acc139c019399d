import { setTimeout as sleep } from 'node:timers/promises'
import { BuildHistoryEventType, ControlDefinition } from './gen/control.ts'
import { historyMethod } from './history.ts'
import { openChannel } from './rpc/channel.ts'
import { methodOf } from './rpc/method.ts'

const updateMethod = methodOf(ControlDefinition, ControlDefinition.methods.updateBuildHistory)

/**
 * Deletes what the daemon remembers of builds, their output included, once they have ended `afterMs` ago: those before
 * the call and those after it, of all clients. Goes on until it fails. A record that was asked for by its ref is not
 * deleted before the daemon starts anew.
 * @throws BuildkitError when the connection ends; the signal's reason when aborted.
 */
export async function forgetBuilds(
  address: string,
  afterMs: number,
  signal: AbortSignal,
): Promise<void> {
  using channel = openChannel(address)
  const request = { ref: '', earlyExit: false, activeOnly: false }
  for await (const { type, record } of channel.serverStream(historyMethod, request, { signal })) {
    if (type !== BuildHistoryEventType.COMPLETE || record === undefined) continue
    const endedAt = record.completedAt?.getTime() ?? 0
    const leftMs = Math.min(afterMs, endedAt + afterMs - Date.now())
    if (leftMs > 0) await sleep(leftMs, undefined, { signal }).catch(() => undefined)
    await channel.unary(updateMethod, { ref: record.ref, delete: true }, { signal })
  }
}
