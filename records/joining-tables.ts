import type { ColumnType, Generated } from 'kysely'
import type { OptionalText, OptionalTime, Time } from './columns.ts'

export interface JoinTokenTable {
  hash: Buffer
  created_at: Time
  expires_at: Time
  used_at: OptionalTime
  node_id: OptionalText<string>
}

export interface NodeCredentialTable {
  node_id: string
  hash: Buffer
  previous_hash: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>
  issued_at: Time
  expires_at: Time
  used_at: OptionalTime
  revoked_at: OptionalTime
  revoked_because: OptionalText<string>
  /** Shut out by the farm itself, as two use it. */
  quarantined: Generated<boolean>
}

/** A start of an agent that a later one has taken the place of. */
export interface ReplacedIncarnationTable {
  node_id: string
  incarnation: string
  replaced_at: Time
}

export interface FarmKeyTable {
  name: string
  /** Sealed, unless nothing wraps it. */
  key: Buffer
  /** Id of the operator's key that it is sealed under. */
  wrapped_by: string | null
}
