import type { ColumnType, Generated } from 'kysely'
import type { z } from 'zod'
import type { EnvironmentEnd, EnvironmentState } from '#contract/environment.ts'
import type { EnvironmentReason } from '#contract/environment-reason.ts'
import type { EnvironmentVolume } from '#contract/volume.ts'
import type { startConfig } from '#contract/wire/environment.ts'
import type { Json, OptionalJson, OptionalText, OptionalTime, Time } from './columns.ts'
import type { VolumeUseTable } from './volume-use.ts'

export interface EnvironmentTables {
  environments: EnvironmentTable
  environment_events: EnvironmentEventTable
  images_ahead: ImageAheadTable
  volume_use: VolumeUseTable
}

/** An image that a node is to have ready before anybody starts from it. */
interface ImageAheadTable {
  node_id: string
  version_id: number
  state: Generated<'waiting' | 'pulling' | 'done' | 'failed'>
  /** Why it failed, in words. */
  message: Generated<string>
  created_at: Time
  /** When its node last said anything of it. */
  told_at: OptionalTime
}

type Optional<T> = ColumnType<T | null, T | null | undefined, T | null>

export interface EnvironmentTable {
  id: string
  project_id: number
  /** Name of the user who made it; `null` for nobody by name. */
  created_by: OptionalText<string>
  version_id: number
  /** Of the image in the library, and the repository that it lay in, when the environment was made. */
  name: string
  repository: string
  digest: string
  gpu: boolean
  /** Cores. */
  cpu: number
  memory_bytes: number
  /** Instead of the image's own. */
  command: OptionalJson<readonly string[]>
  ports: Json<readonly number[]>
  volumes: ColumnType<readonly EnvironmentVolume[], string | undefined, never>
  /** How much it may write; absent for those that were made before there was a limit. */
  disk_bytes: Optional<number>
  ttl_seconds: Optional<number>
  idle_seconds: Optional<number>
  /** As the registry has it. */
  image_config: OptionalJson<StartConfig>
  state: EnvironmentState
  /** Number of the current start: the fencing epoch. */
  start: Generated<number>
  /** Where its files are; it starts again there. */
  node_id: OptionalText<string>
  waiting_since: OptionalTime
  /** In words, for people. */
  waiting_reason: OptionalText<string>
  waiting_reason_zh: OptionalText<string>
  /** Why the current start is to stop. */
  stop_wanted: OptionalText<EnvironmentReason>
  /** How the program of the current start ended by itself. */
  ended: OptionalJson<Pick<EnvironmentEnd, 'reason' | 'exitCode'>>
  reason: OptionalText<EnvironmentReason>
  /** The particulars of the reason, in words. */
  message: OptionalText<string>
  exit_code: Optional<number>
  created_at: Time
  running_since: OptionalTime
  /** When somebody last used it through the server. */
  used_at: OptionalTime
  stopped_at: OptionalTime
  deleted_at: OptionalTime
  /** Processor time of all starts, and of the current one. */
  cpu_ms: Generated<number>
  cpu_ms_of_start: Generated<number>
  memory_used: Optional<number>
  written_bytes: Optional<number>
  measured_at: OptionalTime
  /** When its node said that its files are gone. */
  removed_at: OptionalTime
}

export type StartConfig = z.infer<typeof startConfig>

interface EnvironmentEventTable {
  id: Generated<number>
  environment_id: string
  start: number
  at: Time
  state: EnvironmentState
  reason: OptionalText<EnvironmentReason>
  message: OptionalText<string>
}
