import { rest } from '../../process/rest.ts'
import type { NodeVolumes } from '../volumes/node-volumes.ts'

/** Looks at the volumes of this node until the signal aborts; the next heartbeat tells what is different. */
export async function watchVolumes(
  { volumes }: { readonly volumes: Pick<NodeVolumes, 'look'> },
  signal: AbortSignal,
  everyMs = 60_000,
): Promise<void> {
  while (!signal.aborted) {
    await rest(everyMs, signal)
    if (!signal.aborted) await volumes.look()
  }
}
