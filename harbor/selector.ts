import { z } from 'zod'

/** Which repositories and tags a rule is for: patterns with `**`, `*` and `{a,b}`. */
export interface Selector {
  readonly repositories: string
  readonly tags: string
}

export const selectorBody = z.object({
  kind: z.string(),
  decoration: z.string(),
  pattern: z.string(),
})

export function toSelectors({ repositories, tags }: Selector) {
  return {
    tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: tags }],
    scope_selectors: {
      repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: repositories }],
    },
  }
}
