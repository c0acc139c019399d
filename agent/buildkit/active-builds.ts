import { historyMethod } from './history.ts'
import { askDaemon } from './rpc/ask-daemon.ts'

export interface ActiveBuild {
  readonly ref: string
  readonly startedAt: Date | undefined
}

/** The builds that the daemon runs, of all its clients. @throws BuildkitError; the signal's reason when aborted. */
export async function readActiveBuilds(
  address: string,
  signal: AbortSignal,
): Promise<readonly ActiveBuild[]> {
  return askDaemon(address, signal, async (channel) => {
    const request = { ref: '', earlyExit: true, activeOnly: true }
    const builds: ActiveBuild[] = []
    for await (const { record } of channel.serverStream(historyMethod, request, { signal })) {
      if (record !== undefined) builds.push({ ref: record.ref, startedAt: record.createdAt })
    }
    return builds
  })
}
