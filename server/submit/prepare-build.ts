import type { BuildRequest, SubmittedBuild } from '#contract/build.ts'
import type { NewId } from '#contract/id.ts'
import { type LibraryName, parseLibraryName } from '#contract/image.ts'
import type { BuildPlatforms } from '#contract/platform.ts'
import { secretNames } from '#contract/secret-names.ts'
import type { NewBuild } from '../../records/accept-build.ts'
import type { NamedProject } from '../../records/projects.ts'
import { type RequestScope, requireRole } from '../access/request-scope.ts'
import type { FarmLimits } from '../limits.ts'
import {
  composeBuild,
  type ComposedBuild,
  type ComposeDeps,
  keepComposed,
} from '../packages/compose-build.ts'
import { refuseField } from '../refusal.ts'
import type { AcceptInGroups } from './accept-in-groups.ts'
import { type BuildFiles, checkSources, type SourceDeps } from './check-sources.ts'
import { checkSecrets, type SecretDeps } from './check-secrets.ts'
import type { LookupDeps, Lookups } from './lookups.ts'

export interface SubmitDeps extends SecretDeps, SourceDeps, ComposeDeps, LookupDeps {
  readonly scope: RequestScope
  readonly acceptInGroups: AcceptInGroups
  readonly limits: FarmLimits
  readonly newId: NewId
}

export interface PreparedBuild {
  /** What is to be stored. */
  readonly build: NewBuild
  /** Absent where the Dockerfile was submitted. */
  readonly composed: ComposedBuild | undefined
}

/** Checks a build that is submitted. @throws Refusal naming the field or the Dockerfile line. */
export async function prepareBuild(
  deps: SubmitDeps,
  look: Lookups,
  project: NamedProject,
  submitted: SubmittedBuild,
): Promise<PreparedBuild> {
  const name = parseName(submitted.name)
  requireVisibility(deps.scope, project, submitted)
  const platforms = await look.platforms(submitted.options.platform)
  const { request, composed } = await readRequest(deps, project, submitted, platforms)
  look.checkRecipe(request, { limits: deps.limits, platforms })
  await look.checkPlatform(request.options.platform)
  const files = await checkSources(deps, project, request)
  await checkSecrets(deps, project, request.options)
  const build = toNewBuild(deps, { ...name, projectId: project.id, files }, request)
  return { build, composed }
}

/** What every project of the farm reads is decided by those who administer its own. @throws Refusal */
export function requireVisibility(
  scope: RequestScope,
  project: NamedProject,
  { visibility }: Pick<SubmittedBuild, 'visibility'>,
): void {
  if (visibility === 'public') requireRole(scope, project, 'admin')
}

/** A build with the Dockerfile that it was submitted with, or with the one that is made from its lists. */
async function readRequest(
  deps: SubmitDeps,
  project: NamedProject,
  submitted: SubmittedBuild,
  platforms: readonly BuildPlatforms[],
): Promise<{ readonly request: BuildRequest } & Pick<PreparedBuild, 'composed'>> {
  const { dockerfile, packages: _, from_lock: __, ...rest } = submitted
  if (dockerfile !== undefined) return { request: { ...rest, dockerfile }, composed: undefined }
  const composed = await composeBuild(deps, project, submitted, platforms)
  return { request: await keepComposed(deps, project, rest, composed), composed }
}

export interface Target extends LibraryName {
  readonly projectId: number
  readonly files: BuildFiles
}

export function toNewBuild(
  { newId, scope }: Pick<SubmitDeps, 'newId' | 'scope'>,
  { repository, tag, projectId, files }: Target,
  request: BuildRequest,
): NewBuild {
  return {
    id: newId('build'),
    actor: scope.actor,
    user: scope.caller.user?.name,
    projectId,
    name: request.name,
    repository,
    tag,
    description: request.description,
    visibility: request.visibility,
    baseImage: request.base_image ?? null,
    dockerfile: request.dockerfile,
    options: request.options,
    packages: request.packages,
    secrets: secretNames(request.options),
    ...files,
  }
}

/** @throws Refusal when it is no name that the library could have. */
export function parseName(name: string): LibraryName {
  const parsed = parseLibraryName(name)
  if (parsed !== undefined) return parsed
  const message =
    'expected lower-case path components of letters, digits, ".", "_" and "-", and at most one tag, which does not end as those of versions, such as "-v3": team/app:1.0'
  throw refuseField('invalid_name', 'name', message)
}
