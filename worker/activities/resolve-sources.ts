import type { GitSource, NamedSource } from '#contract/context.ts'
import { mayReadGit } from '#contract/git.ts'
import { storeSources } from '../../records/build-sources.ts'
import { GitError } from '../git/error.ts'
import { findCommit, type GitSettings } from '../git/find-commit.ts'
import { failBuild } from './fail.ts'
import { type PinDeps, pinImage, type Reference } from './pin-image.ts'
import type { Build } from './require-build.ts'
import { untilAlive } from './until-alive.ts'

export interface SourceDeps extends PinDeps {
  readonly git: GitSettings
  /** Hosts that git repositories are read from although they are not public. */
  readonly allowedHosts: readonly string[]
}

/** Pins what the files of a build come from: a branch to a commit, an image to a digest. */
export function createResolveSources(deps: SourceDeps): (build: Build) => Promise<void> {
  return async (build) => untilAlive(async () => resolve(deps, build))
}

/** @returns images that are being deleted. */
async function resolve(
  deps: SourceDeps,
  { id: buildId, project_id: projectId, sources }: Build,
): Promise<readonly Reference[]> {
  const { git } = sources
  // Of most builds every file was uploaded.
  if (git === undefined && Object.keys(sources.named).length === 0) return []
  const pin = async (name: string, source: NamedSource): Promise<NamedSource> => {
    if ('upload' in source) return source
    if ('git' in source) return pinGit(deps, `contexts.${name}`, source)
    const pinned = await pinImage(deps, projectId, { reference: source.image })
    return { ...source, pinned }
  }
  const named = await Promise.all(
    Object.entries(sources.named).map(
      async ([name, source]) => [name, await pin(name, source)] as const,
    ),
  )
  const gone = await storeSources(deps.db, buildId, {
    ...(git && { git: await pinGit(deps, 'context', git) }),
    named: Object.fromEntries(named),
  })
  return gone.map((reference) => ({ reference }))
}

async function pinGit(deps: SourceDeps, field: string, source: GitSource): Promise<GitSource> {
  const { git: address, ref } = source
  if (!mayReadGit(address, deps.allowedHosts)) {
    const message = `${field}: ${address} is not read by this farm`
    throw failBuild({ code: 'git_ref_not_found', message })
  }
  const commit = await findCommit(deps.git, address, ref).catch((error: unknown) => {
    throw explain(error, field, address)
  })
  if (commit === undefined) {
    const what = ref === undefined ? 'has no default branch' : `has no branch or tag "${ref}"`
    throw failBuild({ code: 'git_ref_not_found', message: `${field}: ${address} ${what}` })
  }
  return { ...source, commit }
}

function explain(error: unknown, field: string, address: string): unknown {
  if (!(error instanceof GitError)) return error
  if (error.problem === 'refused') {
    const message = `${field}: ${address} does not exist or may not be read without a password`
    return failBuild({ code: 'git_ref_not_found', message }, error)
  }
  const why =
    error.problem === 'unreachable' ? error.message : `the farm cannot look: ${error.message}`
  return failBuild({ code: 'git_unavailable', message: `${field}: ${address}: ${why}` }, error)
}
