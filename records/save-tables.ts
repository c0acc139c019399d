import type { ColumnType } from 'kysely'
import type { SaveChoices } from '#contract/save.ts'
import type { Json, OptionalText, Time } from './columns.ts'

export interface BuildSaveTable {
  build_id: string
  environment_id: string
  /** Number of the start that is saved. */
  start: number
  choices: Json<SaveChoices>
  saved_by: string
  /** Bytes as the registry has them, in base64; absent until the parent was resolved. */
  parent_manifest: OptionalText<string>
  parent_config: OptionalText<string>
  /** What it deletes or replaces of the parent's files; absent until its node has looked. */
  hidden_bytes: ColumnType<number | null, number | null | undefined, number | null>
  created_at: Time
}
