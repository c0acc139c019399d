import type { Generated } from 'kysely'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Json, OptionalJson, OptionalTime, Time } from './columns.ts'
import type { ToldChange } from './node-changes.ts'

export interface NodeChangeTable {
  id: Generated<number>
  node_id: string
  at: Time
  arch: string
  before: Json<readonly LeasedGpu[]>
  after: Json<readonly LeasedGpu[]>
  told: OptionalJson<ToldChange>
  tries: Generated<number>
  next_try_at: Time
  /** Since when nobody tries to tell it any more, after it failed too often. */
  given_up_at: OptionalTime
}
