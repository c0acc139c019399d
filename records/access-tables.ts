import type { Generated } from 'kysely'
import type { Role, TokenScope } from '#contract/access.ts'
import type { OptionalTime, Time } from './columns.ts'

export interface UserTable {
  id: Generated<number>
  name: string
  /** May do all that there is in every project, and what concerns the farm itself. */
  is_operator: Generated<boolean>
  created_at: Time
  disabled_at: OptionalTime
}

export interface MembershipTable {
  project_id: number
  user_id: number
  role: Role
  created_at: Time
}

export interface ApiTokenTable {
  id: string
  user_id: number
  name: string
  /** Its first characters, by which people tell it from others. */
  prefix: string
  hash: Buffer
  scopes: TokenScope[]
  /** The one project that it is for. */
  project_id: number | null
  created_at: Time
  expires_at: OptionalTime
  /** To within minutes. */
  used_at: OptionalTime
  revoked_at: OptionalTime
}
