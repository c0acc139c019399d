import { z } from 'zod'
import { roles } from '#contract/access.ts'
import { projectName } from '#contract/wire/project.ts'
import { createAddressOf } from './browser-address.ts'

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue('expected JSON')
    return z.NEVER
  }
})

/** Variables that say how browsers are signed in, and for how long. */
export const signInVariables = {
  /** Where people reach the server, which nothing but the address in their browser says. */
  KILN_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Proxies in front of the server, which note from where browsers come: addresses and networks, `10.0.0.0/8, …`. */
  KILN_TRUSTED_PROXIES: list,
  /** How long a browser stays signed in, and how long without being used. */
  KILN_SESSION_HOURS: z.coerce.number().positive().max(720).default(12),
  KILN_SESSION_IDLE_MINUTES: z.coerce.number().positive().default(120),
  /** An identity provider that speaks OpenID Connect, and how this farm is known to it. */
  KILN_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  KILN_OIDC_CLIENT_ID: z.string().min(1).optional(),
  KILN_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  /** What people are told that they sign in with. */
  KILN_OIDC_LABEL: z.string().min(1).max(40).optional(),
  KILN_OIDC_SCOPES: z
    .string()
    .regex(/^openid( |$)/, 'expected "openid" first')
    .default('openid email profile'),
  /** By which claim a user is called. */
  KILN_OIDC_USER_CLAIM: z.string().min(1).default('email'),
  KILN_OIDC_GROUPS_CLAIM: z.string().min(1).default('groups'),
  /** Whose addresses come to be users at their first sign-in: `example.com, …`. */
  KILN_OIDC_ALLOWED_DOMAINS: list,
  KILN_OIDC_OPERATOR_GROUPS: list,
  /** By group and project: `{"vision-team": {"vision": "builder"}}`. */
  KILN_OIDC_GROUP_ROLES: json
    .pipe(z.record(z.string(), z.record(projectName, z.enum(roles))))
    .default({}),
}

type Variables = z.infer<z.ZodObject<typeof signInVariables>>

const hourMs = 60 * 60_000
const minuteMs = 60_000

/** @throws an error that names the variables which belong together. */
export function readSignIn(e: Variables) {
  return {
    publicUrl: e.KILN_PUBLIC_URL === undefined ? undefined : new URL(e.KILN_PUBLIC_URL),
    addressOf: createAddressOf(e.KILN_TRUSTED_PROXIES),
    lifeMs: e.KILN_SESSION_HOURS * hourMs,
    idleMs: e.KILN_SESSION_IDLE_MINUTES * minuteMs,
    oidc: readOidc(e),
  }
}

function readOidc(e: Variables) {
  const { KILN_OIDC_ISSUER: issuer, KILN_OIDC_CLIENT_ID: clientId } = e
  if (issuer === undefined && clientId === undefined) return undefined
  if (issuer === undefined || clientId === undefined || e.KILN_PUBLIC_URL === undefined) {
    throw new Error('KILN_OIDC_ISSUER, KILN_OIDC_CLIENT_ID and KILN_PUBLIC_URL belong together')
  }
  return {
    issuer: new URL(issuer),
    clientId,
    label: e.KILN_OIDC_LABEL ?? new URL(issuer).hostname,
    scopes: e.KILN_OIDC_SCOPES,
    userClaim: e.KILN_OIDC_USER_CLAIM,
    groupsClaim: e.KILN_OIDC_GROUPS_CLAIM,
    allowedDomains: e.KILN_OIDC_ALLOWED_DOMAINS.map((domain) => domain.toLowerCase()),
    operatorGroups: e.KILN_OIDC_OPERATOR_GROUPS,
    groupRoles: e.KILN_OIDC_GROUP_ROLES,
  }
}

export type SignInSettings = ReturnType<typeof readSignIn>
export type OidcSettings = NonNullable<SignInSettings['oidc']>
