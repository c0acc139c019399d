import type { Generated } from 'kysely'
import type { Json, Time } from './columns.ts'

export interface AuditTable {
  seq: Generated<number>
  at: Time
  actor: string
  action: string
  object: string
  detail: Json<object>
  project_id: number | null
  /** From 1; `null` until the row is part of the chain. */
  position: Generated<number | null>
  /** Hash of the row before. */
  previous: Generated<Buffer | null>
  hash: Generated<Buffer | null>
}

/** The last row of the chain. There is one row. */
export interface AuditHeadTable {
  only_one: Generated<boolean>
  position: number
  hash: Buffer
}
