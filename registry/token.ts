import { z } from 'zod'
import { basicHeader, type Credential } from './credential.ts'
import { RegistryError } from './error.ts'
import { formatScope, type Scope } from './scope.ts'
import { findRefused, readAccess } from './token-access.ts'

/** A token of a registry's token service. */
export interface RegistryToken {
  readonly value: string
  /** Seconds from now on; the token specification's default is a minute. */
  readonly expiresIn: number
}

export interface TokenService {
  readonly realm: string
  readonly service: string | undefined
}

const answer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().int().positive().optional(),
})

const defaultSeconds = 60

/**
 * Asks a token service for a token (distribution's token specification). It is followed to no other place: the password
 * would go there as well.
 * @param needed what the token must allow, as far as it can be read.
 * @throws RegistryError, with status 401 when the token allows less.
 */
export async function askToken(
  { realm, service }: TokenService,
  credential: Credential | undefined,
  { asked, needed }: { readonly asked: readonly string[]; readonly needed: readonly Scope[] },
  signal: AbortSignal,
): Promise<RegistryToken> {
  const url = new URL(realm)
  if (service !== undefined) url.searchParams.set('service', service)
  for (const scope of asked) url.searchParams.append('scope', scope)
  const headers = credential === undefined ? {} : { authorization: basicHeader(credential) }
  const reply = await fetch(url, { signal, headers, redirect: 'error' })
  if (!reply.ok) {
    await reply.body?.cancel()
    throw new RegistryError('get a token', reply.status)
  }
  const { data } = answer.safeParse(await reply.json().catch(() => undefined))
  // Registries that follow OAuth say `access_token`.
  const value = data?.token || data?.access_token
  if (data === undefined || !value) throw new RegistryError('get a token', 401)
  const refused = findRefused(readAccess(value) ?? needed, needed)
  if (refused !== undefined) throw new RegistryError(`get a token for ${formatScope(refused)}`, 401)
  return { value, expiresIn: data.expires_in ?? defaultSeconds }
}
