import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { SignInRefusal } from '#contract/access.ts'
import { isLoopback } from '#contract/address.ts'
import { keepOnce } from '#contract/keep-once.ts'
import type { OidcSettings } from '../settings.ts'
import type { Claims } from './read-identity.ts'

const limitSeconds = 10

/** What only the browser that began knows until the provider sends it back. */
export interface Pending {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** An identity provider that speaks OpenID Connect. */
export interface Provider {
  /** Where the browser is to go. @throws when the provider cannot be asked. */
  begin(): Promise<{ readonly url: URL; readonly pending: Pending }>
  /** What the provider says of who has come back with `search`. @throws when it does not bear that out. */
  complete(
    search: string,
    pending: Pending,
  ): Promise<{ readonly claims: Claims } | { readonly refused: SignInRefusal }>
}

export function createProvider(
  settings: OidcSettings,
  secret: string | undefined,
  callback: URL,
): Provider {
  const configure = createConfigure(settings, secret)
  return {
    begin: async () => {
      const config = await configure()
      const pending = {
        state: randomState(),
        nonce: randomNonce(),
        verifier: randomPKCECodeVerifier(),
      }
      const url = buildAuthorizationUrl(config, {
        redirect_uri: callback.href,
        scope: settings.scopes,
        code_challenge: await calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
        state: pending.state,
        nonce: pending.nonce,
      })
      return { url, pending }
    },
    complete: async (search, { state, nonce, verifier }) => {
      const config = await configure()
      try {
        const tokens = await authorizationCodeGrant(config, new URL(search, callback), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (claims === undefined) return { refused: 'provider' }
        const known = config.serverMetadata().userinfo_endpoint !== undefined
        const more = known ? await fetchUserInfo(config, tokens.access_token, claims.sub) : {}
        return { claims: { ...more, ...claims } }
      } catch (error) {
        if (error instanceof AuthorizationResponseError) return { refused: 'denied' }
        throw error
      }
    },
  }
}

/** What the provider says of itself, asked for once it is needed and again after it could not be had. */
function createConfigure({ issuer, clientId }: OidcSettings, secret: string | undefined) {
  return keepOnce(async () => {
    const execute = [enableNonRepudiationChecks]
    // Only a provider on this very machine, as tests and trials have it, is spoken to in the clear.
    if (issuer.protocol === 'http:' && isLoopback(issuer.hostname)) {
      execute.push(allowInsecureRequests)
    }
    return discovery(issuer, clientId, secret, undefined, { execute, timeout: limitSeconds })
  })
}
