import type { Generated } from 'kysely'
import type { WaitReason } from '#contract/wait-reason.ts'
import type { Json, OptionalText, OptionalTime, Time } from './columns.ts'

export interface QueueTables {
  farm_queue: FarmQueueTable
  lane_reasons: LaneReasonTable
  project_queues: ProjectQueueTable
  start_predictions: StartPredictionTable
  user_turns: UserTurnTable
}

/** One row: the queue of the farm. */
interface FarmQueueTable {
  id: Generated<boolean>
  /** Builds that run at once at most. */
  max_running: number | null
  /** Of one user, in all projects together. */
  max_running_per_user: number | null
  /** What every project with waiting builds has been served at least, per weight. */
  virtual_time: Generated<number>
  paused_at: OptionalTime
  /** In the words of who paused it. */
  paused_because: OptionalText<string>
}

/** What a project has of the queue; one without a row has the defaults. */
interface ProjectQueueTable {
  project_id: number
  weight: Generated<number>
  /** Builds of it that run at once at most. */
  max_running: number | null
  /** Of one user. */
  max_running_per_user: number | null
  /** Builds that were placed, per weight. A project that had nothing to place is no earlier than all others. */
  served: Generated<number>
  /** What every user with waiting builds in it has been served at least. */
  user_virtual_time: Generated<number>
  paused_at: OptionalTime
  paused_because: OptionalText<string>
}

/** What a user has been served of a project's part. */
interface UserTurnTable {
  project_id: number
  /** Empty: nobody. */
  user_name: string
  /** Builds that were placed, per weight. A user who had nothing to place is no earlier than all others. */
  served: number
  weight: Generated<number>
}

/** Why the builds of a lane wait. */
interface LaneReasonTable {
  project_id: number
  /** Empty: nobody. */
  submitted_by: string
  /** Empty: any. */
  platform: string
  needs_gpu: boolean
  raised: number
  scheduled: boolean
  /** Empty: any. */
  wanted_node: string
  /** Whether its builds are looked at one by one: then some may wait for something else. */
  open: boolean
  reason: Json<WaitReason>
}

/** When a build that waited was said to start, in ms from `made_at`. */
interface StartPredictionTable {
  build_id: string
  needs_gpu: boolean
  made_at: Time
  expected_ms: number
  low_ms: number
  high_ms: number
  /** Until it was placed; absent while it waits, and where it never was. */
  waited_ms: number | null
  settled_at: OptionalTime
}
