import { type Role, roles, type SignInRefusal } from '#contract/access.ts'
import { userName } from '#contract/wire/access.ts'
import type { Identity } from '../../../records/identities.ts'
import type { OidcSettings } from '../settings.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Who an identity provider says that somebody is, or why that is not enough. Pure. */
export function readIdentity(
  claims: Claims,
  settings: OidcSettings,
): Identity | { readonly refused: SignInRefusal } {
  const { iss: issuer, sub: subject, email } = claims
  const name = userName.safeParse(textOf(claims[settings.userClaim])?.toLowerCase())
  if (typeof issuer !== 'string' || typeof subject !== 'string') return { refused: 'provider' }
  if (!name.success) return { refused: 'no_name' }
  const isVerified = claims['email_verified'] === true
  const domain = textOf(email)?.toLowerCase().split('@').at(-1) ?? ''
  const { allowedDomains } = settings
  if (settings.userClaim === 'email' && !isVerified) return { refused: 'unverified' }
  if (allowedDomains.length > 0) {
    if (!isVerified) return { refused: 'unverified' }
    if (!allowedDomains.includes(domain)) return { refused: 'domain' }
  }
  const groups = groupsOf(claims[settings.groupsClaim])
  const granted = rolesOf(groups, settings.groupRoles)
  const isOperator = groups.some((group) => settings.operatorGroups.includes(group))
  return {
    issuer,
    subject,
    name: name.data,
    mayCreate: allowedDomains.length > 0 || granted.size > 0 || isOperator,
    isOperator: settings.operatorGroups.length === 0 ? undefined : isOperator,
    roles: granted,
  }
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' ? claim : undefined
}

function groupsOf(claim: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
  return all.filter((group) => typeof group === 'string')
}

/** In each project the most that any of the groups gives. */
function rolesOf(groups: readonly string[], groupRoles: OidcSettings['groupRoles']) {
  const granted = new Map<string, Role>()
  for (const [project, role] of groups.flatMap((group) =>
    Object.entries(groupRoles[group] ?? {}),
  )) {
    const other = granted.get(project)
    if (other === undefined || roles.indexOf(role) > roles.indexOf(other))
      granted.set(project, role)
  }
  return granted
}
