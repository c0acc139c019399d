import { grpcCode } from '../error.ts'
import { AuthDefinition } from '../gen/session.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, ServedError, unary } from '../rpc/serve.ts'
import { fetchToken } from './fetch-token.ts'
import type { GuardedCredential, RegistryCredential } from './registry-credential.ts'
import { createTokenKey, type TokenKey } from './token-key.ts'

/** By registry host, with its port where it is not the usual one. */
export type Credentials = Readonly<Record<string, RegistryCredential>>

const { methods } = AuthDefinition

/**
 * Logs the daemon in to registries; one that is not known is read anonymously.
 *
 * A registry that wants a token leads the daemon to the authority: it asks for a public key that stands for the login,
 * has every session prove that it holds the key before it uses a token that came through another one, and asks for
 * tokens. Where there is no authority, and for Basic, it asks for the credentials.
 */
export function auth(byHost: Credentials): readonly Handler[] {
  const find = (host: string) => (Object.hasOwn(byHost, host) ? byHost[host] : undefined)
  const findGuarded = (host: string): GuardedCredential => {
    const known = find(host)
    if (known?.authority === undefined)
      throw new ServedError(grpcCode.unimplemented, 'no authority')
    return { ...known, authority: known.authority }
  }
  const keyOf = (host: string, salt: Uint8Array): TokenKey => {
    const { username, secret, authority } = findGuarded(host)
    return createTokenKey(authority.seedOf([host, username, secret]), salt)
  }
  return [
    unary(methodOf(AuthDefinition, methods.credentials), async ({ host }) => {
      const { username = '', secret = '', authority } = find(host) ?? {}
      if (authority === undefined || (await authority.takesBasicAlone()))
        return { username, secret }
      return { username: '', secret: '' }
    }),
    unary(methodOf(AuthDefinition, methods.getTokenAuthority), async ({ host, salt }) => ({
      publicKey: keyOf(host, salt).publicKey,
    })),
    unary(
      methodOf(AuthDefinition, methods.verifyTokenAuthority),
      async ({ host, salt, payload }) => ({ signed: keyOf(host, salt).sign(payload) }),
    ),
    unary(methodOf(AuthDefinition, methods.fetchToken), async (request) =>
      fetchToken(findGuarded(request.host), request),
    ),
  ]
}
