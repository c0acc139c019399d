import type { BuildPlan } from '#contract/build.ts'
import type { Credentials } from '../buildkit/session/auth.ts'
import { createTokenAuthority, type TokenAuthority } from '../buildkit/session/token-authority.ts'

/** What a solve needs to log in to the registry of its plan. */
export type RegistryLogin = (registry: BuildPlan['registry']) => Credentials

/** Keeps one authority a registry, so that the solves of a daemon share its tokens. */
export function createRegistryLogin(): RegistryLogin {
  const authorities = new Map<string, TokenAuthority>()
  return ({ host, insecure, username, secret }) => {
    const url = `${insecure ? 'http' : 'https'}://${host}`
    const authority = authorities.get(url) ?? createTokenAuthority(url)
    authorities.set(url, authority)
    return { [host]: { username, secret, authority } }
  }
}
