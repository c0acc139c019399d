import type { Generated } from 'kysely'
import type { Role, SignInWay, TokenScope } from '#contract/access.ts'
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
  /** Follows what the identity provider says of the user's groups. */
  by_group: Generated<boolean>
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

/** A browser that is signed in. */
export interface SessionTable {
  id: string
  user_id: number
  /** Of the cookie. */
  hash: Buffer
  way: SignInWay
  /** The token that was signed in with: the session may do what that may, for as long as it is good. */
  token_id: string | null
  address: string | null
  browser: string | null
  created_at: Time
  /** To within a minute. */
  used_at: Time
  expires_at: Time
  ended_at: OptionalTime
}

/** Whom an identity provider means by one of its subjects. */
export interface IdentityTable {
  issuer: string
  subject: string
  user_id: number
  created_at: Time
}
