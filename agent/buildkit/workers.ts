import { ControlDefinition } from './gen/control.ts'
import { askDaemon } from './rpc/ask-daemon.ts'
import { methodOf } from './rpc/method.ts'

const { info, listWorkers } = ControlDefinition.methods

export interface DaemonInfo {
  readonly version: string
  /** Such as `linux/amd64`. */
  readonly platforms: readonly string[]
  /** Names of the CDI devices that a step may be given. */
  readonly devices: readonly string[]
}

/** What the daemon is and can do. @throws BuildkitError when it does not answer. */
export async function readDaemonInfo(address: string, signal: AbortSignal): Promise<DaemonInfo> {
  const [{ buildkitVersion }, { record }] = await askDaemon(address, signal, async (channel) =>
    Promise.all([
      channel.unary(methodOf(ControlDefinition, info), {}, { signal }),
      channel.unary(methodOf(ControlDefinition, listWorkers), { filter: [] }, { signal }),
    ]),
  )
  const platforms = record.flatMap((worker) =>
    worker.platforms.map(({ os, architecture, variant }) =>
      [os, architecture, variant].filter((part) => part !== '').join('/'),
    ),
  )
  return {
    version: buildkitVersion?.version ?? '',
    platforms: [...new Set(platforms)],
    devices: record.flatMap((worker) => worker.cdiDevices.map(({ name }) => name)),
  }
}
