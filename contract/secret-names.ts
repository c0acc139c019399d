import type { BuildOptions } from './build.ts'

/** Names of the secrets that a build uses, each once. Pure. */
export function secretNames({ secrets = [], ssh = [] }: BuildOptions): readonly string[] {
  return [...new Set([...secrets, ...ssh].map(({ secret }) => secret))]
}
