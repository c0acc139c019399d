import type { ColumnType } from 'kysely'
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
}

export interface FarmKeyTable {
  name: string
  key: Buffer
}
