import { ControlDefinition } from './gen/control.ts'
import { openChannel } from './rpc/channel.ts'
import { methodOf } from './rpc/method.ts'

const nanosecondsPerMs = 1_000_000n

/** What to keep. Without any of it everything goes that no running build uses. */
export interface PruneOptions {
  /** Records that match one of these go, such as `type==exec.cachemount`; a comma inside one means "and". */
  readonly filters?: readonly string[]
  /** Also what the daemon itself needs, such as the frontend's own records. */
  readonly all?: boolean
  /** Keeps what was used in the last milliseconds. */
  readonly keepMs?: number
  /** Bytes that are kept whatever the other limits say: a floor. */
  readonly reservedSpace?: number
  /** Bytes that the cache may hold: it is pruned down to this. */
  readonly maxUsedSpace?: number
  /** Bytes that are to be free on the disk. */
  readonly minFreeSpace?: number
}

/** A record that is gone; the daemon tells no more of it. */
export interface PrunedRecord {
  readonly id: string
  /** Bytes. */
  readonly size: number
}

/**
 * Frees what the daemon's cache holds, oldest first. Builds may run meanwhile: what they use stays.
 * @throws BuildkitError; the signal's reason when aborted.
 */
export async function prune(
  address: string,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<readonly PrunedRecord[]> {
  using channel = openChannel(address)
  const request = {
    filter: [...(options.filters ?? [])],
    all: options.all ?? false,
    keepDuration: BigInt(options.keepMs ?? 0) * nanosecondsPerMs,
    reservedSpace: BigInt(options.reservedSpace ?? 0),
    maxUsedSpace: BigInt(options.maxUsedSpace ?? 0),
    minFreeSpace: BigInt(options.minFreeSpace ?? 0),
  }
  const method = methodOf(ControlDefinition, ControlDefinition.methods.prune)
  const gone: PrunedRecord[] = []
  for await (const { id, size } of channel.serverStream(method, request, { signal }))
    gone.push({ id, size: Number(size) })
  return gone
}
