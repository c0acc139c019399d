import { createHmac, randomBytes } from 'node:crypto'
import { grpcCode } from '../error.ts'
import { ServedError } from '../rpc/serve.ts'

/** Speaks for the logins of one registry. Solves that share it share the tokens that a daemon was given. */
export interface TokenAuthority {
  /**
   * Whether the registry takes Basic alone, so that nothing but the secret itself logs in.
   * @throws ServedError when it does not answer.
   */
  takesBasicAlone(): Promise<boolean>
  /**
   * Whether tokens may be asked for there: at the registry itself, and at what it calls its token service. A daemon that
   * says so is not enough, for the secret goes there. @throws ServedError when the registry does not answer.
   */
  trusts(realm: string): Promise<boolean>
  /** 32 bytes that are the same for the same login; without this authority nobody can try out which login it is. */
  seedOf(login: readonly string[]): Buffer
}

const limitMs = 10_000

/** @param url of the registry, such as `https://registry.example`. It is asked when a daemon first needs to log in. */
export function createTokenAuthority(url: string): TokenAuthority {
  const key = randomBytes(32)
  let known: Promise<string | undefined> | undefined
  const ask = async () => {
    known = readTokenRealm(url)
    known.catch(() => (known = undefined))
    return known
  }
  return {
    takesBasicAlone: async () => (await (known ?? ask())) === undefined,
    trusts: async (realm) =>
      isSameOrigin(realm, url) ||
      (await known) === realm ||
      // It may have another one since it was asked.
      (await ask()) === realm,
    seedOf: (login) => createHmac('sha256', key).update(JSON.stringify(login)).digest(),
  }
}

function isSameOrigin(one: string, other: string): boolean {
  return URL.canParse(one) && new URL(one).origin === new URL(other).origin
}

/** The token service that a registry names in its challenge; `undefined` when it takes Basic alone or no login. */
async function readTokenRealm(url: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(limitMs)
  try {
    const reply = await fetch(new URL('/v2/', url), { redirect: 'error', signal })
    await reply.body?.cancel()
    // Whatever else it says, a registry that is busy or broken has not said that it takes Basic alone.
    if (!reply.ok && reply.status !== 401) throw new Error(`status ${reply.status}`)
    const challenge = reply.headers.get('www-authenticate') ?? ''
    return /\bBearer\b.*?\brealm="([^"]+)"/i.exec(challenge)?.[1]
  } catch {
    throw new ServedError(grpcCode.unknown, `the registry ${new URL(url).host} did not answer`)
  }
}
