import { ControlDefinition, type UsageRecord } from './gen/control.ts'
import { askDaemon } from './rpc/ask-daemon.ts'
import { methodOf } from './rpc/method.ts'

/** A piece of the daemon's cache. */
export interface CacheRecord {
  readonly id: string
  /** Bytes that this record alone holds; its parents are records of their own. */
  readonly size: number
  /** Such as `regular`, `source.local`, `source.git.checkout`, `exec.cachemount`, `internal` or `frontend`. */
  readonly type: string
  readonly description: string
  /** Belongs to a build that runs: no prune takes it. */
  readonly inUse: boolean
  /** Also part of an image that the daemon's store keeps: pruning it frees nothing. */
  readonly shared: boolean
  readonly createdAt: Date | undefined
  readonly lastUsedAt: Date | undefined
  readonly usageCount: number
  readonly parents: readonly string[]
}

/** What the daemon's cache holds. @throws BuildkitError; the signal's reason when aborted. */
export async function readDiskUsage(
  address: string,
  signal: AbortSignal,
): Promise<readonly CacheRecord[]> {
  const diskUsage = methodOf(ControlDefinition, ControlDefinition.methods.diskUsage)
  const request = { filter: [], ageLimit: 0n }
  const { record } = await askDaemon(address, signal, async (channel) =>
    channel.unary(diskUsage, request, { signal }),
  )
  return record.map(readCacheRecord)
}

function readCacheRecord(record: UsageRecord): CacheRecord {
  const { id, size, recordType, description, inUse, shared, createdAt, lastUsedAt, parents } =
    record
  return {
    id,
    size: Number(size),
    type: recordType,
    description,
    inUse,
    shared,
    createdAt,
    lastUsedAt,
    usageCount: Number(record.usageCount),
    parents,
  }
}
