import type { BuildRequest } from '#contract/build.ts'
import type { BuildSources, GitContext, NamedSource } from '#contract/context.ts'
import { mayReadGit } from '#contract/git.ts'
import { isDigest } from '#contract/image.ts'
import { useContext } from '../../records/contexts.ts'
import type { Scope } from '../../records/scope.ts'
import { refuseField } from '../refusal.ts'

export interface SourceDeps {
  readonly scope: Scope
  /** Hosts that git repositories are read from although they are not public: `host` or `host:port`. */
  readonly allowedHosts: readonly string[]
}

/** Where the files of a build come from, as it is stored. */
export interface BuildFiles {
  /** Digest of the uploaded build context. */
  readonly context: string | null
  readonly sources: BuildSources
}

/**
 * Checks where the files of a build are to come from.
 * @throws Refusal that names the field of a context that the project does not have, or of a host that is not read from.
 */
export async function checkSources(
  deps: SourceDeps,
  project: { readonly id: number },
  { context, contexts }: Pick<BuildRequest, 'context' | 'contexts'>,
): Promise<BuildFiles> {
  const named: Record<string, NamedSource> = {}
  for (const [name, value] of Object.entries(contexts)) {
    const field = `contexts.${name}`
    if (typeof value === 'object') named[name] = checkGit(deps, field, value)
    else if (!isDigest(value)) named[name] = { image: value }
    else named[name] = { upload: await checkUpload(deps, project, field, value) }
  }
  if (typeof context === 'object') {
    return { context: null, sources: { git: checkGit(deps, 'context', context), named } }
  }
  const upload = context === undefined ? null : await checkUpload(deps, project, 'context', context)
  return { context: upload, sources: { named } }
}

async function checkUpload(
  { scope }: SourceDeps,
  project: { readonly id: number },
  field: string,
  digest: string,
): Promise<string> {
  if (await useContext(scope.db, project.id, digest)) return digest
  throw refuseField('context_unknown', field, 'upload it first: POST /api/contexts')
}

function checkGit({ allowedHosts }: SourceDeps, field: string, git: GitContext): GitContext {
  if (mayReadGit(git.git, allowedHosts)) return git
  const message =
    'only https addresses of public hosts are read; the operator can allow others (KILN_EGRESS_ALLOW)'
  throw refuseField('invalid_request', `${field}.git`, message)
}
