import { rest } from '../../process/rest.ts'
import type { NodeDisk } from '../disk/node-disk.ts'

const everyMs = 1_000

/** Looks at the disk each second until the signal aborts: a build fills it in no time. */
export async function watchDisk(
  { disk }: { readonly disk: Pick<NodeDisk, 'look'> },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await disk.look()
    await rest(everyMs, signal)
  }
}
