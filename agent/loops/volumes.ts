import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeVolumes } from '../volumes/node-volumes.ts'

/** Looks at the volumes of this node until the signal aborts; the next heartbeat tells what is different. */
export async function watchVolumes(
  { volumes }: { readonly volumes: Pick<NodeVolumes, 'look'> },
  signal: AbortSignal,
  everyMs = 60_000,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await volumes.look()
  }
}
