import { grpcCode } from '../error.ts'
import { AuthDefinition } from '../gen/session.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, ServedError, unary } from '../rpc/serve.ts'
import { fetchToken } from './fetch-token.ts'
import type { GuardedCredential, RegistryCredential, RemoteLogin } from './registry-credential.ts'
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
  const findGuarded = (host: string): GuardedCredential | RemoteLogin => {
    const known = find(host)
    if (known !== undefined && isRemote(known)) return known
    if (known?.authority !== undefined) return { ...known, authority: known.authority }
    throw new ServedError(grpcCode.unimplemented, 'no authority')
  }
  const keyOf = (host: string, salt: Uint8Array): TokenKey => {
    const known = findGuarded(host)
    const seed = isRemote(known)
      ? known.seed
      : known.authority.seedOf([host, known.username, known.secret])
    return createTokenKey(seed, salt)
  }
  return [
    unary(methodOf(AuthDefinition, methods.credentials), async ({ host }) => {
      const known = find(host)
      if (known !== undefined && isRemote(known)) return known.readBasic()
      const { username = '', secret = '', authority } = known ?? {}
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
    unary(methodOf(AuthDefinition, methods.fetchToken), async (request) => {
      const known = findGuarded(request.host)
      return isRemote(known) ? known.fetchToken(request) : fetchToken(known, request)
    }),
  ]
}

function isRemote(known: RegistryCredential): known is RemoteLogin {
  return 'seed' in known
}
