import { findRegistry } from '../../records/registry-state.ts'
import { countPushes } from '../../records/pushes.ts'
import { findBreaker } from '../../records/registry-breaker.ts'
import type { Scope } from '../../records/scope.ts'
import type { ServerDeps } from '../deps.ts'
import { readUsage } from '../../records/registry-usage.ts'

type Found = NonNullable<Awaited<ReturnType<typeof findRegistry>>>

/** The farm's registry: what it is, what it can and plainly cannot, whether it takes pushes, and what lies in it. */
export async function showRegistry(
  { push, pushLimits }: Pick<ServerDeps, 'push' | 'pushLimits'>,
  { farm: db }: Scope,
) {
  const { host } = push.url
  const [found, breaker, pushes, usage] = await Promise.all([
    findRegistry(db, host),
    findBreaker(db, host),
    countPushes(db),
    readUsage(db),
  ])
  return {
    host,
    kind: found?.kind ?? null,
    version: found?.version ?? null,
    looked_at: found?.looked_at.toISOString() ?? null,
    ...describe(found),
    breaker: {
      state: breaker?.state ?? 'closed',
      since: breaker?.opened_at?.toISOString() ?? null,
      failures: breaker?.failures ?? 0,
      next_probe_at: breaker?.state === 'open' ? (breaker.probe_at?.toISOString() ?? null) : null,
    },
    pushes: { ...pushes, limit: pushLimits.all, limit_per_project: pushLimits.project },
    ...usage,
  }
}

/** `can` holds `null` where nobody could find out yet. */
function describe(found: Found | undefined) {
  if (found === undefined) return { can: null, cannot: [] }
  const isHarbor = found.kind === 'harbor'
  const { tokenService, deletion, referrers } = found.abilities ?? {}
  const can = {
    scan: isHarbor,
    quota: isHarbor,
    robots: isHarbor,
    immutable_tags: isHarbor,
    token_service: tokenService ?? null,
    deletion: deletion ?? null,
    referrers: referrers ?? null,
  }
  return { can, cannot: lacks.flatMap(([name, words]) => (can[name] === false ? [words] : [])) }
}

const lacks = [
  ['scan', 'nothing is scanned'],
  ['quota', 'it keeps no quota: whoever pushes may fill it'],
  ['robots', 'it has no accounts that are made for one purpose: the farm has one login for all'],
  ['immutable_tags', 'nothing but Kiln keeps the tags of versions where they are'],
  ['token_service', 'it gives no tokens: a node that pushes is given the password of the farm'],
  ['deletion', 'it lets the farm delete nothing: versions that are deleted stay in it'],
  [
    'referrers',
    'it does not list what hangs on an image: Kiln keeps that list under a tag, sha256-…',
  ],
] as const
