import { z } from 'zod'
import { grpcCode } from '../error.ts'
import type { FetchTokenRequest, FetchTokenResponse } from '../gen/session.ts'
import { ServedError } from '../rpc/serve.ts'
import type { GuardedCredential } from './registry-credential.ts'

/** The daemon waits for a minute. */
const limitMs = 30_000

const answer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  /** Seconds; the daemon takes 0 for a minute, which is the token specification's default. */
  expires_in: z.number().int().nonnegative().default(0),
  issued_at: z.iso.datetime({ offset: true }).optional().catch(undefined),
})

/**
 * Gets a short-lived token from a registry's token service: with Basic, or with an OAuth refresh token.
 * @throws ServedError that holds nothing secret.
 */
export async function fetchToken(
  credential: GuardedCredential,
  request: FetchTokenRequest,
): Promise<FetchTokenResponse> {
  const { host, realm } = request
  if (!(await credential.authority.trusts(realm)))
    throw failure(`${realm} is not the token service that ${host} names`)
  const reply = await ask(credential, request).catch(() => undefined)
  if (reply === undefined) throw failure(`the token service ${realm} did not answer`)
  if (!reply.ok) {
    await reply.body?.cancel()
    throw failure(`the token service ${realm} answered ${reply.status}`)
  }
  const { data } = answer.safeParse(await reply.json().catch(() => undefined))
  const token = data?.token ?? data?.access_token
  if (data === undefined || !token) throw failure(`the token service ${realm} gave no token`)
  const issuedAt = data.issued_at === undefined ? 0 : Math.floor(Date.parse(data.issued_at) / 1000)
  return { token, expiresIn: BigInt(data.expires_in), issuedAt: BigInt(issuedAt) }
}

/** The daemon fails the solve with the same code, so it must not be the one of a daemon that is lost. */
function failure(message: string): ServedError {
  return new ServedError(grpcCode.unknown, message)
}

/** A redirect would carry the secret to another place, so none is followed. */
async function ask(
  { username, secret }: GuardedCredential,
  { realm, service, scopes, clientId }: FetchTokenRequest,
): Promise<Response> {
  const shared = { redirect: 'error', signal: AbortSignal.timeout(limitMs) } as const
  if (username === '') {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: secret,
      client_id: clientId,
      service,
      scope: scopes.join(' '),
    })
    return fetch(realm, { ...shared, method: 'POST', body })
  }
  const url = new URL(realm)
  url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  const login = Buffer.from(`${username}:${secret}`).toString('base64')
  return fetch(url, { ...shared, headers: { authorization: `Basic ${login}` } })
}
