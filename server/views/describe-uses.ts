import { findSeenBuilds } from '../../records/builds.ts'
import type { Scope } from '../../records/scope.ts'
import type { Use } from '../../records/uses.ts'

/** Uses that are named; of the rest only how many there are. */
const maxNamed = 10

/** In words, why versions have to stay. Builds that the caller does not see are not named. */
export async function describeUses(scope: Scope, uses: readonly Use[]): Promise<string> {
  return tellUses(uses, await findSeenBuilds(scope, buildsOf(uses)))
}

/** The builds among uses. Pure. */
export function buildsOf(uses: readonly Use[]): readonly string[] {
  return uses.filter(({ kind }) => kind === 'build').map(({ by }) => by)
}

/** The same when it is known which builds the caller sees. Pure. */
export function tellUses(uses: readonly Use[], seen: ReadonlySet<string>): string {
  const named = uses.slice(0, maxNamed).map((use) => describe(hide(use, seen)))
  const more = uses.length - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/** The same as data; `by` is `null` where the version itself says so, or the caller does not see what it is. Pure. */
export function showUses(uses: readonly Use[], seen: ReadonlySet<string>) {
  return uses.slice(0, maxNamed).map(({ kind, by }) => ({
    kind,
    by: by === '' || (kind === 'build' && !seen.has(by)) ? null : by,
  }))
}

const words: Readonly<Record<Use['kind'], (use: Use) => string>> = {
  current: ({ version }) => `the name points at version ${version}`,
  pinned: ({ version }) => `version ${version} is pinned`,
  move: ({ version, by }) => `the name is about to move to version ${version} (move ${by})`,
  environment: ({ version, by }) => `${by} runs, or can be started again, from version ${version}`,
  build: ({ version, by }) =>
    version === 0 ? `${by} builds this name` : `${by} needs version ${version}`,
}

function hide(use: Use, seen: ReadonlySet<string>): Use {
  if (use.kind !== 'build' || seen.has(use.by)) return use
  return { ...use, by: 'a build of another project' }
}

function describe(use: Use): string {
  return words[use.kind](use)
}
