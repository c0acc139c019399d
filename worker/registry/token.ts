import { z } from 'zod'
import { RegistryError } from './error.ts'

export interface Credential {
  readonly username: string
  readonly password: string
}

const answer = z.object({ token: z.string().optional(), access_token: z.string().optional() })

/**
 * The Authorization header that a registry asked for by its WWW-Authenticate challenge: Basic, or a token of the
 * service that the challenge names (distribution's token specification). `undefined` when it asked for neither.
 */
export async function authorize(
  challenge: string,
  credential: Credential | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const basic = credential && `Basic ${btoa(`${credential.username}:${credential.password}`)}`
  if (/^basic\b/i.test(challenge)) return basic
  if (!/^bearer\b/i.test(challenge)) return undefined
  const fields = Object.fromEntries(
    Array.from(challenge.matchAll(/(\w+)="([^"]*)"/g), ([, key = '', value = '']) => [key, value]),
  )
  if (!URL.canParse(fields['realm'] ?? '')) return undefined
  const url = new URL(fields['realm'] ?? '')
  for (const name of ['service', 'scope']) {
    if (fields[name] !== undefined) url.searchParams.set(name, fields[name])
  }
  const reply = await fetch(url, { signal, headers: basic ? { authorization: basic } : {} })
  if (!reply.ok) throw new RegistryError('token', reply.status)
  const { token, access_token: accessToken } = answer.parse(await reply.json())
  const value = token ?? accessToken
  return value === undefined ? undefined : `Bearer ${value}`
}
