import type { Use } from '../../records/uses.ts'

/** Uses that are named; of the rest only how many there are. */
const maxNamed = 10

/** In words, why versions have to stay. Pure. */
export function describeUses(uses: readonly Use[]): string {
  const named = uses.slice(0, maxNamed).map(describe)
  const more = uses.length - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

const words: Readonly<Record<Use['kind'], (use: Use) => string>> = {
  current: ({ version }) => `the name points at version ${version}`,
  pinned: ({ version }) => `version ${version} is pinned`,
  move: ({ version, by }) => `the name is about to move to version ${version} (move ${by})`,
  environment: ({ version, by }) => `${by} runs, or can be started again, from version ${version}`,
  build: ({ version, by }) =>
    version === 0 ? `${by} builds this name` : `${by} needs version ${version}`,
}

function describe(use: Use): string {
  return words[use.kind](use)
}
