import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { expandScopes, type SignInRefusal, type SignInWay } from '#contract/access.ts'
import type { NewId } from '#contract/id.ts'
import { recordAudit } from '../../records/audit.ts'
import type { Pool } from '../../records/connect.ts'
import { admitIdentity } from '../../records/identities.ts'
import { endSession, findSession, noteSessionUse, storeSession } from '../../records/sessions.ts'
import type { Authenticate } from '../access/authenticate.ts'
import { type Caller, sessionActor } from '../access/caller.ts'
import { hashToken } from '../access/token.ts'
import type { AddressOf } from './browser-address.ts'
import { createProvider, type Pending } from './oidc/provider.ts'
import { readIdentity } from './oidc/read-identity.ts'
import { createOwnCookies, type OwnCookies } from './own-cookies.ts'
import type { SignInSettings } from './settings.ts'

/** A browser, as far as its user may want to tell it from others. */
export interface Browser {
  readonly address: string | undefined
  readonly agent: string | undefined
}

/** What the cookie is to hold, and for how long. */
export interface Opened {
  readonly secret: string
  readonly seconds: number
}

type Tried = Opened | { readonly refused: SignInRefusal }

/** How people sign in with a browser, and what their browsers are then let in by. */
export interface SignIn {
  readonly cookies: OwnCookies
  readonly addressOf: AddressOf
  readonly publicUrl: URL | undefined
  /** What people are told that they sign in with, where there is an identity provider. */
  readonly provider: string | undefined
  /** Whom the cookie of a session lets in now, or `undefined`. */
  readonly authenticate: Authenticate
  /** Likewise by the id of a session, for what was given to it. */
  readonly authenticateId: Authenticate
  /** @returns `undefined` when the token lets no user in. */
  byToken(token: string, browser: Browser): Promise<Opened | undefined>
  /** Where the browser is to go. */
  begin(): Promise<
    { readonly url: URL; readonly pending: Pending } | { readonly refused: 'provider' }
  >
  complete(search: string, pending: Pending, browser: Browser): Promise<Tried>
  end(caller: Caller): Promise<void>
}

interface Deps {
  readonly db: Pool
  readonly log: Logger
  readonly newId: NewId
  readonly authenticate: Authenticate
  readonly clientSecret: string | undefined
}

/** Where an identity provider sends the browser back to. */
export const callbackPath = '/api/session/oidc/callback'

export function createSignIn(deps: Deps, settings: SignInSettings): SignIn {
  const { publicUrl, oidc } = settings
  return {
    cookies: createOwnCookies(publicUrl?.protocol === 'https:'),
    addressOf: settings.addressOf,
    publicUrl,
    provider: oidc?.label,
    authenticate: async (secret) => callerOfSession(deps, settings, { hash: hashToken(secret) }),
    authenticateId: async (id) => callerOfSession(deps, settings, { id }),
    byToken: async (token, browser) => {
      const { user, token: own } = (await deps.authenticate(token)) ?? {}
      if (user === undefined || own === undefined) return undefined
      return open(deps, settings, { user, way: 'token', tokenId: own.id, browser })
    },
    ...byProvider(deps, settings),
    end: async ({ actor, session }) => {
      if (session !== undefined) await endSession({ farm: deps.db, actor }, session.id)
    },
  }
}

/** Where there is no identity provider. */
const refuseAll = async () => ({ refused: 'provider' as const })

function byProvider(deps: Deps, settings: SignInSettings): Pick<SignIn, 'begin' | 'complete'> {
  const { publicUrl, oidc } = settings
  const { db, log, clientSecret } = deps
  if (publicUrl === undefined || oidc === undefined) {
    return { begin: refuseAll, complete: refuseAll }
  }
  const provider = createProvider(oidc, clientSecret, new URL(callbackPath, publicUrl))
  const failed = (err: unknown) => {
    log.warn({ err }, 'the identity provider cannot be made use of')
    return { refused: 'provider' as const }
  }
  return {
    begin: async () => provider.begin().catch(failed),
    complete: async (search, pending, browser) => {
      const answer = await provider.complete(search, pending).catch(failed)
      const identity = 'refused' in answer ? answer : readIdentity(answer.claims, oidc)
      const admitted = 'refused' in identity ? identity : await admitIdentity(db, identity)
      if ('user' in admitted) {
        const { user } = admitted
        return open(deps, settings, { user, way: 'oidc', tokenId: null, browser })
      }
      const object = 'subject' in identity ? identity.name : 'oidc'
      const detail = { because: admitted.refused, address: browser.address }
      await recordAudit(db, { actor: 'unknown', action: 'session.refused', object, detail })
      return admitted
    },
  }
}

interface Entrant {
  readonly user: { readonly id: number; readonly name: string }
  readonly way: SignInWay
  readonly tokenId: string | null
  readonly browser: Browser
}

async function open(
  { db, newId }: Deps,
  { lifeMs }: SignInSettings,
  { user, way, tokenId, browser }: Entrant,
): Promise<Opened> {
  const [id, secret] = [newId('session'), randomBytes(32).toString('base64url')]
  await storeSession(
    { farm: db, actor: sessionActor(user.name, id) },
    {
      id,
      user,
      hash: hashToken(secret),
      way,
      tokenId,
      lifeMs,
      address: browser.address?.slice(0, 64) ?? null,
      browser: browser.agent?.slice(0, 256) ?? null,
    },
  )
  return { secret, seconds: lifeMs / 1000 }
}

async function callerOfSession(
  { db, log }: Deps,
  { idleMs }: SignInSettings,
  which: Parameters<typeof findSession>[1],
): Promise<Caller | undefined> {
  const found = await findSession(db, which, idleMs)
  if (found === undefined) return undefined
  if (found.unnoted) {
    await noteSessionUse(db, found.id).catch((err: unknown) =>
      log.warn({ err }, 'the use of a session is not noted'),
    )
  }
  const own = found.is_operator ? (['admin', 'operate'] as const) : (['admin'] as const)
  return {
    actor: sessionActor(found.user, found.id),
    user: { id: found.userId, name: found.user },
    token:
      found.token_id === null
        ? undefined
        : { id: found.token_id, expiresAt: found.token_expires_at },
    session: { id: found.id, way: found.way, expiresAt: found.expires_at },
    isOperator: found.is_operator,
    scopes: expandScopes(found.scopes ?? own),
    roles: new Map(found.memberships.map(({ id, role }) => [id, role])),
    only: found.project_id ?? undefined,
  }
}
