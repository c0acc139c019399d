import { type Challenge, parseChallenge } from './challenge.ts'
import { RegistryError } from './error.ts'

/**
 * What a registry asks of strangers: a password, a token of its service, or nothing (`undefined`).
 * @throws RegistryError when it does not answer as a registry does.
 */
export async function readChallenge(
  registry: URL,
  signal: AbortSignal,
): Promise<Challenge | undefined> {
  const reply = await fetch(new URL('/v2/', registry), { signal, redirect: 'error' }).catch(
    (error: unknown) => {
      throw new RegistryError('ask how to log in', undefined, { cause: error })
    },
  )
  await reply.body?.cancel()
  // Whatever else it says, a registry that is busy or broken has not said that it takes a password alone.
  if (!reply.ok && reply.status !== 401) throw new RegistryError('ask how to log in', reply.status)
  return parseChallenge(reply.headers.get('www-authenticate') ?? '')
}
