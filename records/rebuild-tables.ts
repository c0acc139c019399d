import type { ColumnType } from 'kysely'
import type { OptionalText, OptionalTime, Time } from './columns.ts'

/** One row an image that is to be built again when a base of it moves. */
export interface BaseWatchTable {
  image_id: number
  /** When it was asked for; what failed before counts no more. */
  since: Time
  /** Of its bases, without host. */
  repositories: ColumnType<readonly string[], string[] | undefined, string[]>
  check_at: Time
  checked_at: OptionalTime
  /** Why it could not be compared or built again the last time, in words, for people. */
  problem: OptionalText<string>
  /** Since when it is left alone, after it failed too often. */
  stopped_at: OptionalTime
}

/** What was built again because of which base. */
export interface RebuildTable {
  image_id: number
  reference: string
  from_digest: string
  to_digest: string
  build_id: string
  created_at: ColumnType<Date, never, never>
}
