import type { BuildRequest, SubmittedBuild } from '#contract/build.ts'
import { buildOptions } from '#contract/wire/build-options.ts'
import type { NewId } from '#contract/id.ts'
import { type LibraryName, parseLibraryName } from '#contract/image.ts'
import type { BuildPlatforms } from '#contract/platform.ts'
import { secretNames } from '#contract/secret-names.ts'
import { acceptBuild } from '../../records/builds.ts'
import { findImage, type ImageRow } from '../../records/images.ts'
import type { ProjectRow } from '../../records/projects.ts'
import { readBuildPlatforms } from '../../records/nodes.ts'
import { namedProject } from '../named-project.ts'
import { composeBuild, type ComposeDeps, keepComposed } from '../packages/compose-build.ts'
import { readPreset } from '../presets.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { checkPlatform } from './check-platform.ts'
import { checkRecipe } from './check-recipe.ts'
import { type BuildFiles, checkSources, type SourceDeps } from './check-sources.ts'
import { checkSecrets, type SecretDeps } from './check-secrets.ts'
import type { RequestScope } from '../access/request-scope.ts'
import type { FarmLimits } from '../limits.ts'

export interface SubmitDeps extends SecretDeps, SourceDeps, ComposeDeps {
  readonly scope: RequestScope
  readonly limits: FarmLimits
  readonly newId: NewId
}

/**
 * Checks a submitted build and accepts it.
 * @returns the build's id once it is stored. @throws Refusal naming the field or the Dockerfile line.
 */
export async function submitBuild(deps: SubmitDeps, submitted: SubmittedBuild): Promise<string> {
  const name = parseName(submitted.name)
  const project = await namedProject(deps.scope, submitted.project, 'build')
  const platforms = await readBuildPlatforms(deps.scope.db, submitted.options.platform)
  const request = await readRequest(deps, project, submitted, platforms)
  checkRecipe(request, { limits: deps.limits, platforms })
  await checkPlatform(deps.scope.db, request.options.platform)
  const files = await checkSources(deps, project, request)
  await checkSecrets(deps, project, request.options)
  const known = await findImage(deps.scope.farm, name)
  if (known?.is_official === true) {
    throw new Refusal('official_name', `"${known.name}" is an official image; choose another name`)
  }
  return accept(
    deps,
    { ...name, projectId: project.id, files },
    { ...request, name: known?.name ?? request.name },
  )
}

/** A build with the Dockerfile that it was submitted with, or with the one that is made from its lists. */
async function readRequest(
  deps: SubmitDeps,
  project: ProjectRow,
  submitted: SubmittedBuild,
  platforms: readonly BuildPlatforms[],
): Promise<BuildRequest> {
  const { dockerfile, packages: _, from_lock: __, ...rest } = submitted
  if (dockerfile !== undefined) return { ...rest, dockerfile }
  const composed = await composeBuild(deps, project, submitted, platforms)
  return keepComposed(deps, project, rest, composed)
}

/** Builds an official image from the Dockerfile that the project carries for it. */
export async function submitPreset(deps: SubmitDeps, image: ImageRow): Promise<string> {
  const dockerfile = image.is_official ? await readPreset(image) : undefined
  if (dockerfile === undefined) {
    throw new Refusal(
      'not_found',
      'this image has no Dockerfile of its own; submit one to build it',
    )
  }
  const { name, description, project } = image
  const options = buildOptions.parse({})
  const files = { context: null, sources: { named: {} } }
  const target = { ...image, projectId: image.project_id, files }
  const request = { project, name, description, dockerfile, options, contexts: {} }
  return accept(deps, target, request)
}

interface Target extends LibraryName {
  readonly projectId: number
  readonly files: BuildFiles
}

async function accept(deps: SubmitDeps, target: Target, request: BuildRequest): Promise<string> {
  const id = deps.newId('build')
  const answer = await acceptBuild(deps.scope.farm, {
    id,
    actor: deps.scope.actor,
    projectId: target.projectId,
    name: request.name,
    repository: target.repository,
    tag: target.tag,
    description: request.description,
    baseImage: request.base_image ?? null,
    dockerfile: request.dockerfile,
    options: request.options,
    packages: request.packages,
    secrets: secretNames(request.options),
    ...target.files,
  })
  if (answer === 'taken') {
    const message = `"${target.repository}" belongs to another project; choose another name`
    throw refuseField('name_taken', 'name', message)
  }
  if (answer === 'deleting') {
    const message = `"${request.name}" is being deleted; restore it, or wait until it is gone`
    throw new Refusal('image_deleting', message)
  }
  if (answer === 'secret_gone') {
    throw refuseField('secret_unknown', 'options', 'a secret was deleted meanwhile')
  }
  if (answer === 'in_flight') {
    throw new Refusal(
      'name_in_flight',
      `a build of "${request.name}" is running; wait for it or cancel it`,
    )
  }
  return id
}

function parseName(name: string): LibraryName {
  const parsed = parseLibraryName(name)
  if (parsed !== undefined) return parsed
  const message =
    'expected lower-case path components of letters, digits, ".", "_" and "-", and at most one tag, which does not end as those of versions, such as "-v3": team/app:1.0'
  throw refuseField('invalid_name', 'name', message)
}
