import { describe, expect, it } from 'vitest'
import { readSignIn } from '../settings.ts'
import { signInVariables } from '../settings.ts'
import { z } from 'zod'
import { readIdentity } from './read-identity.ts'

function settingsOf(more: Readonly<Record<string, string>> = {}) {
  const { oidc } = readSignIn(
    z.object(signInVariables).parse({
      KILN_PUBLIC_URL: 'https://kiln.example',
      KILN_OIDC_ISSUER: 'https://id.example',
      KILN_OIDC_CLIENT_ID: 'kiln',
      ...more,
    }),
  )
  if (oidc === undefined) throw new Error('there is a provider')
  return oidc
}

const alice = {
  iss: 'https://id.example',
  sub: '7',
  email: 'Alice@Example.com',
  email_verified: true,
}

describe('who comes from an identity provider', () => {
  it('is called by their address, and comes to be a user where it is of a domain that may', () => {
    expect(readIdentity(alice, settingsOf())).toEqual({
      issuer: 'https://id.example',
      subject: '7',
      name: 'alice@example.com',
      mayCreate: false,
      isOperator: undefined,
      roles: new Map(),
    })
    const open = settingsOf({ KILN_OIDC_ALLOWED_DOMAINS: 'example.org, Example.com' })
    expect(readIdentity(alice, open)).toMatchObject({ mayCreate: true })
  })

  it.each([
    [{ ...alice, email_verified: false }, 'unverified'],
    [{ ...alice, email_verified: 'true' }, 'unverified'],
    [{ ...alice, email_verified: undefined }, 'unverified'],
    [{ ...alice, email: 'alice@example.com.evil.example' }, 'domain'],
    [{ ...alice, email: 'alice@sub.example.com' }, 'domain'],
    [{ ...alice, email: undefined }, 'no_name'],
    [{ ...alice, email: 'al ice@example.com' }, 'no_name'],
    [{ ...alice, sub: undefined }, 'provider'],
  ])('is refused as %j', (claims, refused) => {
    const settings = settingsOf({ KILN_OIDC_ALLOWED_DOMAINS: 'example.com' })
    expect(readIdentity(claims, settings)).toEqual({ refused })
  })

  it('asks for no address where users are called by another claim and every domain may', () => {
    const settings = settingsOf({ KILN_OIDC_USER_CLAIM: 'preferred_username' })
    const claims = { iss: alice.iss, sub: '7', preferred_username: 'alice' }
    expect(readIdentity(claims, settings)).toMatchObject({ name: 'alice' })
  })

  it('has the most that any of their groups gives', () => {
    const settings = settingsOf({
      KILN_OIDC_OPERATOR_GROUPS: 'farm-admins',
      KILN_OIDC_GROUP_ROLES: JSON.stringify({
        readers: { vision: 'viewer', speech: 'viewer' },
        leads: { vision: 'admin' },
      }),
    })
    const of = (groups: unknown) => readIdentity({ ...alice, groups }, settings)
    expect(of(['leads', 'readers'])).toMatchObject({
      mayCreate: true,
      isOperator: false,
      roles: new Map([
        ['vision', 'admin'],
        ['speech', 'viewer'],
      ]),
    })
    expect(of('farm-admins')).toMatchObject({ mayCreate: true, isOperator: true })
    expect(of(undefined)).toMatchObject({ mayCreate: false, isOperator: false, roles: new Map() })
  })
})

it.each([
  [{ KILN_OIDC_ISSUER: 'https://id.example' }, 'belong together'],
  [{ KILN_OIDC_GROUP_ROLES: '{"a": {"b": "owner"}}' }, 'KILN_OIDC_GROUP_ROLES'],
  [{ KILN_OIDC_GROUP_ROLES: 'a=b' }, 'KILN_OIDC_GROUP_ROLES'],
  [{ KILN_PUBLIC_URL: 'javascript:alert(1)' }, 'KILN_PUBLIC_URL'],
])('settings that say nothing are refused: %j', (variables, message) => {
  expect(() => readSignIn(z.object(signInVariables).parse(variables))).toThrow(message)
})
