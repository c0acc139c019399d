import type { BuildSources, GitSource, NamedSource } from '#contract/context.ts'
import type { Recipe } from '../../records/rebuilds.ts'

/** The same commits again, whatever the branches mean by now: only the bases are to be others. Pure. */
export function sameFiles({ git, named }: BuildSources): BuildSources {
  const again = Object.entries(named).map(([name, source]): [string, NamedSource] => {
    if ('upload' in source) return [name, source]
    return [name, 'image' in source ? { image: source.image } : sameCommit(source)]
  })
  return { ...(git && { git: sameCommit(git) }), named: Object.fromEntries(again) }
}

function sameCommit({ commit, ...source }: GitSource): GitSource {
  return commit === undefined ? source : { ...source, ref: commit }
}

/** Digests of the contexts that were uploaded for a build. Pure. */
export function uploadsOf({ context, sources }: Pick<Recipe, 'context' | 'sources'>): string[] {
  const named = Object.values(sources.named)
  const uploads = named.flatMap((source) => ('upload' in source ? [source.upload] : []))
  return context === null ? uploads : [context, ...uploads]
}
