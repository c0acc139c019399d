import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { SignInRefusal } from '#contract/access.ts'
import type { Caller } from '../access/caller.ts'
import type { RouteDeps } from '../deps.ts'
import { findCaller, isLocal, type Terms } from '../middleware/caller.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { isForeignPage } from '../sign-in/foreign-page.ts'
import type { Browser, Opened, SignIn } from '../sign-in/sign-in.ts'

const maxBytes = 4096
/** How long somebody may take at the identity provider. */
const pendingSeconds = 10 * 60

const home = '/console/'

const byToken = z.strictObject({ token: z.string().min(1).max(512) })

/** A page of this server, and of no other. */
const back = z
  .string()
  .max(2000)
  .regex(/^\/(?![/\\])[\x21-\x7e]*$/)

const beginQuery = z.object({ back: back.default(home).catch(home) })

const pending = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  back: back.catch(home),
})

interface Env {
  Bindings: Partial<HttpBindings>
}

/** Who is signed in with a browser, and how that is done. Open to everybody: what it tells of is the caller's own. */
export function sessionRoutes(deps: RouteDeps & Terms) {
  const { signIn } = deps
  const { cookies } = signIn
  return new Hono<Env>()
    .get('/', async (c) => c.json(showSession(c, deps, await findCaller(c, deps)), 200, unkept))
    .post('/', limitBody(maxBytes), requireJson, jsonBody(byToken), async (c) => {
      refuseForeignPage(c, deps)
      const browser = browserOf(c, signIn)
      const seconds = deps.takeTurn(browser.address ?? 'unknown', 'sign_ins')
      if (seconds !== undefined) {
        const detail = `too many have signed in from this address; again in ${seconds} s`
        throw new Refusal('rate_limited', detail, undefined, seconds)
      }
      const opened = await signIn.byToken(c.req.valid('json').token, browser)
      if (opened === undefined) {
        throw new Refusal('unauthenticated', 'the token is of no user, has ended, or is mistyped')
      }
      await replaceSession(c, deps, opened)
      const caller = await signIn.authenticate(opened.secret)
      return c.json(showSession(c, deps, caller), 201, unkept)
    })
    .delete('/', async (c) => {
      refuseForeignPage(c, deps)
      await endSession(c, deps)
      cookies.clear(c, 'session')
      return c.body(null, 204)
    })
    .get('/oidc', query(beginQuery), async (c) => {
      const begun = await signIn.begin()
      if ('refused' in begun) return refuse(c, begun.refused)
      const kept = { ...begun.pending, back: c.req.valid('query').back }
      cookies.write(c, 'sign-in', encode(kept), pendingSeconds)
      return c.redirect(begun.url.href)
    })
    .get('/oidc/callback', async (c) => {
      const kept = decode(cookies.read(c, 'sign-in'))
      cookies.clear(c, 'sign-in')
      if (kept === undefined) return refuse(c, 'expired')
      const tried = await signIn.complete(new URL(c.req.url).search, kept, browserOf(c, signIn))
      if ('refused' in tried) return refuse(c, tried.refused)
      await replaceSession(c, deps, tried)
      return c.redirect(kept.back)
    })
}

const unkept = { 'cache-control': 'no-store' }

function showSession(c: Context, { signIn, token }: Terms & RouteDeps, caller: Caller | undefined) {
  return {
    signed_in: caller !== undefined,
    user: caller?.user?.name ?? null,
    operator: caller?.isOperator ?? false,
    /** Absent for who is let in without one. */
    session: caller?.session
      ? {
          id: caller.session.id,
          way: caller.session.way,
          expires_at: caller.session.expiresAt.toISOString(),
        }
      : null,
    ways: { token: true, oidc: signIn.provider ?? null },
    /** Everybody on this machine is an operator, and need not sign in. */
    local: token === undefined && isLocal(c),
  }
}

function refuseForeignPage(c: Context, { signIn }: Terms): void {
  if (!isForeignPage(c, signIn.publicUrl)) return
  throw new Refusal('forbidden', 'a page of another address asks')
}

/** The session before ends: its cookie is gone. */
async function replaceSession(c: Context, deps: Terms & RouteDeps, { secret, seconds }: Opened) {
  await endSession(c, deps)
  deps.signIn.cookies.write(c, 'session', secret, seconds)
}

async function endSession(c: Context, { signIn }: RouteDeps): Promise<void> {
  const secret = signIn.cookies.read(c, 'session')
  const caller = secret === undefined ? undefined : await signIn.authenticate(secret)
  if (caller !== undefined) await signIn.end(caller)
}

/** The console says it in words. */
function refuse(c: Context, refused: SignInRefusal) {
  return c.redirect(`/console/sign-in?refused=${refused}`)
}

function browserOf(c: Context<Env>, { addressOf }: Pick<SignIn, 'addressOf'>): Browser {
  const peer = c.env.incoming?.socket.remoteAddress
  return {
    address: addressOf(peer, c.req.header('x-forwarded-for')),
    agent: c.req.header('user-agent'),
  }
}

function encode(kept: z.infer<typeof pending>): string {
  return Buffer.from(JSON.stringify(kept)).toString('base64url')
}

function decode(text: string | undefined): z.infer<typeof pending> | undefined {
  if (text === undefined) return undefined
  try {
    return pending.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch {
    return undefined
  }
}
