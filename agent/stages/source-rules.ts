import type { BuildPlan, PinnedBase } from '#contract/build.ts'
import { wholeName } from '#contract/image.ts'
import type { SourceRule } from '../buildkit/source-policy.ts'
import type { EgressEntry } from '../network/egress.ts'
import { splitBases } from './split-bases.ts'

/** A name with a dot and a top-level domain of letters, so no address in any spelling and no name of this machine. */
const publicHost = '([a-zA-Z0-9-]+\\.)+[a-zA-Z]{2,}'

/**
 * What a build may read from the network, by ADD and by RUN through the daemon's proxy: public names, and what the
 * operator has allowed by name or address. This is the first fence, which tells the user what is refused; a redirect or
 * a public name that leads to a private address passes it and meets the firewall of the daemon's network.
 */
export function sourceRules(allowed: readonly EgressEntry[]): readonly SourceRule[] {
  return [
    { action: 'deny', pattern: '^(https?|git)://' },
    { action: 'allow', pattern: `^https?://${publicHost}(:(80|443))?(/|$)` },
    { action: 'allow', pattern: `^git://([a-zA-Z0-9_.-]+@)?${publicHost}(:(22|80|443))?(/|$)` },
    ...allowed.map(allowEntry),
  ]
}

/**
 * Of the farm's own registry a build reads what was pinned for it and nothing else: an ONBUILD trigger of a base may name
 * an image that nobody has looked at, and the credential of the push would read those of every project.
 */
export function imageRules(plan: BuildPlan): readonly SourceRule[] {
  const { registry, bases, contexts } = plan
  const named = Object.values(contexts).flatMap((source) =>
    typeof source === 'object' && 'image' in source ? [source.image] : [],
  )
  return [
    { action: 'deny', pattern: `^docker-image://${escape(registry.host)}/` },
    ...[...bases.map(({ pinned }) => pinned), ...named].map((pinned) =>
      allowExactly(`docker-image://${pinned}`),
    ),
    ...splitBases(plan).asRules.map(pinByRule),
  ]
}

function pinByRule({ reference, pinned }: PinnedBase): SourceRule {
  const identifier = `docker-image://${wholeName(reference)}`
  return { action: 'convert', identifier, to: `docker-image://${pinned}` }
}

/** Lets the daemon read one source, whatever the other rules say of it, when it comes after them. */
export function allowExactly(identifier: string): SourceRule {
  return { action: 'allow', pattern: `^${escape(identifier)}$` }
}

function escape(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, String.raw`\$&`)
}

/** The daemon leaves the usual port of a scheme away or not, as it was written. */
function allowEntry({ host, port }: EgressEntry): SourceRule {
  const name = host.replaceAll('.', '\\.')
  const usual = { 80: 'http', 443: 'https' }[port ?? 0]
  const patterns = [
    `(https?|git)://${name}${port === undefined ? '(:\\d+)?' : `:${port}`}`,
    ...(usual === undefined ? [] : [`${usual}://${name}`]),
  ]
  return { action: 'allow', pattern: `^(${patterns.join('|')})(/|$)` }
}
