import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { exportJWK, type JWTPayload } from 'jose'
import { createIssueToken, type Fault } from './issue-token.ts'

interface Code {
  readonly redirectUri: string
  readonly challenge: string
  readonly nonce: string
  readonly claims: JWTPayload
}

/** An identity provider that asks nobody anything: whoever comes is the person that was set last. */
export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Claims of who signs in next; `undefined`: they decline. */
  person: JWTPayload | undefined
  fault: Fault | undefined
  /** How often a code was turned into tokens. */
  readonly exchanged: () => number
}

export async function startOidcProvider(): Promise<OidcProvider> {
  const { issueToken, publicKey } = await createIssueToken()
  const [codes, access] = [new Map<string, Code>(), new Map<string, JWTPayload>()]
  const app = new Hono()
  const http = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  if (http.address() === null) await once(http, 'listening')
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  let exchanged = 0
  const provider: OidcProvider = {
    issuer,
    clientId: 'kiln',
    clientSecret: 'what only the farm and the provider know',
    person: undefined,
    fault: undefined,
    exchanged: () => exchanged,
    [Symbol.asyncDispose]: async () => {
      if ('closeAllConnections' in http) http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  app.get('/.well-known/openid-configuration', (c) => c.json(describe(issuer)))
  app.get('/jwks', async (c) =>
    c.json({ keys: [{ ...(await exportJWK(publicKey)), kid: 'good', alg: 'RS256', use: 'sig' }] }),
  )
  app.get('/authorize', (c) => authorize(c, provider, codes))
  app.post('/token', async (c) => {
    const asked = await c.req.parseBody<Record<string, string>>()
    const code = takeCode(asked, codes)
    if (!isClient(asked, provider)) return c.json({ error: 'invalid_client' }, 401)
    if (code === undefined) return c.json({ error: 'invalid_grant' }, 400)
    exchanged += 1
    const token = randomUUID()
    access.set(token, code.claims)
    return c.json({
      access_token: token,
      token_type: 'Bearer',
      expires_in: 300,
      id_token: await issueToken(provider, code),
    })
  })
  app.get('/userinfo', (c) => {
    const claims = access.get((c.req.header('authorization') ?? '').replace('Bearer ', ''))
    return claims === undefined ? c.body(null, 401) : c.json(claims)
  })
  return provider
}

function describe(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  }
}

function authorize(c: Context, { clientId, person }: OidcProvider, codes: Map<string, Code>) {
  const asked = c.req.query()
  const back = new URL(asked['redirect_uri'] ?? '')
  back.searchParams.set('state', asked['state'] ?? '')
  const isKnown = asked['client_id'] === clientId && asked['response_type'] === 'code'
  if (!isKnown || asked['code_challenge_method'] !== 'S256') return c.text('not so', 400)
  if (person === undefined) back.searchParams.set('error', 'access_denied')
  else {
    const code = randomUUID()
    codes.set(code, {
      redirectUri: asked['redirect_uri'] ?? '',
      challenge: asked['code_challenge'] ?? '',
      nonce: asked['nonce'] ?? '',
      claims: person,
    })
    back.searchParams.set('code', code)
  }
  return c.redirect(back.href)
}

function isClient(
  asked: Readonly<Record<string, string>>,
  { clientId, clientSecret }: OidcProvider,
): boolean {
  return asked['client_id'] === clientId && asked['client_secret'] === clientSecret
}

/** A code is good once, for the address that it was sent to and who began. */
function takeCode(asked: Readonly<Record<string, string>>, codes: Map<string, Code>) {
  const code = codes.get(asked['code'] ?? '')
  codes.delete(asked['code'] ?? '')
  const proof = createHash('sha256')
    .update(asked['code_verifier'] ?? '')
    .digest('base64url')
  return code?.challenge === proof && code.redirectUri === asked['redirect_uri'] ? code : undefined
}
