import type {
  BuildSources,
  GitSource,
  NamedSource,
  PinnedContext,
  PinnedContexts,
} from '#contract/context.ts'

/** The files of a build as a node is told them, once everything that could change has been pinned. Pure. */
export function pinnedContexts(upload: string | null, { git, named }: BuildSources) {
  const contexts: PinnedContexts = {}
  for (const [name, source] of Object.entries(named)) contexts[name] = pinned(source)
  return { context: git === undefined ? upload : pinnedGit(git), contexts }
}

function pinned(source: NamedSource): PinnedContexts[string] {
  if ('upload' in source) return source.upload
  if ('git' in source) return pinnedGit(source)
  if (source.pinned === undefined) throw new Error(`${source.image} was not resolved`)
  return { image: source.pinned }
}

function pinnedGit({ git, subdir, commit }: GitSource): PinnedContext {
  if (commit === undefined) throw new Error(`${git} was not resolved`)
  return { git, commit, ...(subdir !== undefined && { subdir }) }
}
