import type { Generated } from 'kysely'
import type { LogLine } from '#contract/log.ts'
import type { NodeStage, Stage } from '#contract/stage.ts'
import type { Json, OptionalTime, Time } from './columns.ts'

/** How far attempts are, and what they print. */
export interface ProgressTables {
  build_logs: BuildLogTable
  logs: LogTable
  stages: StageTable
  steps: StepTable
  warnings: WarningTable
}

interface StageTable {
  build_id: string
  attempt: number
  stage: Stage
  started_at: Time
  finished_at: OptionalTime
  steps_omitted: Generated<number>
}

interface StepTable {
  build_id: string
  attempt: number
  stage: NodeStage
  number: number
  name: string
  line: number | null
  started_at: Time
  duration_ms: number | null
  cached: boolean
  broke_cache: boolean
  error: string | null
  transferred_bytes: number
}

interface WarningTable {
  build_id: string
  attempt: number
  stage: NodeStage
  number: number
  text: string
  line: number | null
  url: string | null
  detail: Json<readonly string[]>
}

/** One row for each log; its lines are in a file of the server. */
interface LogTable {
  build_id: string
  attempt: number
  lines: Generated<number>
  raw_bytes: Generated<number>
  stored_bytes: Generated<number>
  sealed_at: OptionalTime
  used_at: Time
  dropped_at: OptionalTime
}

/** Where lines were kept before there were files. */
interface BuildLogTable {
  build_id: string
  attempt: number
  start_line: number
  end_line: number
  lines: Json<readonly LogLine[]>
}
