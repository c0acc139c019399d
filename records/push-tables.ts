import type { BreakerState } from '#contract/push.ts'
import type { ColumnType, Generated } from 'kysely'
import type { OptionalText, OptionalTime, Time } from './columns.ts'

/** One row an attempt that has asked to push. */
export interface PushTable {
  build_id: string
  attempt: number
  project_id: number
  asked_at: Time
  /** When it asked last. */
  seen_at: Time
  granted_at: OptionalTime
  /** Why it has to wait, in words, for people; `null` while it need not. */
  reason: OptionalText<string>
  /** What its project would have more of in the registry; `null` while nobody has asked, or none is limited. */
  new_bytes: ColumnType<number | null, number | undefined, number | null>
}

/** One row a registry that has failed at some time, by its host. */
export interface RegistryBreakerTable {
  host: string
  state: Generated<BreakerState>
  /** Pushes that failed since the last that did not. */
  failures: Generated<number>
  /** How often it was opened, and looked at in vain, since it last took a push. */
  tries: Generated<number>
  opened_at: OptionalTime
  changed_at: Time
  probe_at: OptionalTime
}
