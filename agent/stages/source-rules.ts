import type { SourceRule } from '../buildkit/source-policy.ts'

/** A name with a dot and a top-level domain of letters, so no address in any spelling and no name of this machine. */
const publicHost = '([a-zA-Z0-9-]+\\.)+[a-zA-Z]{2,}'

/**
 * What a build may read from the network, by ADD and by RUN through the daemon's proxy: both are fetched by the daemon,
 * which stands in the node's own network and could otherwise reach what listens there on loopback only. A public name
 * that leads to a private address is not stopped by this: that takes a network of the daemon's own.
 */
export const sourceRules: readonly SourceRule[] = [
  { action: 'deny', pattern: '^(https?|git)://' },
  { action: 'allow', pattern: `^https?://${publicHost}(:(80|443))?(/|$)` },
  { action: 'allow', pattern: `^git://([a-zA-Z0-9_.-]+@)?${publicHost}(:(22|80|443))?(/|$)` },
]

/** Lets the daemon read one source, whatever the other rules say of it, when it comes after them. */
export function allowExactly(identifier: string): SourceRule {
  return {
    action: 'allow',
    pattern: `^${identifier.replaceAll(/[^A-Za-z0-9]/g, String.raw`\$&`)}$`,
  }
}
