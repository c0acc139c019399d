import type { SubmittedBuild } from '#contract/build.ts'
import { buildOptions } from '#contract/wire/build-options.ts'
import type { NewBuild } from '../../records/builds.ts'
import type { ImageRow } from '../../records/images.ts'
import { QuotaExceeded } from '../../records/quotas.ts'
import { readPreset } from '../presets.ts'
import { Refusal } from '../refusal.ts'
import { explainAnswer } from './explain-answer.ts'
import { createLookups } from './lookups.ts'
import { parseName, prepareBuild, type SubmitDeps, toNewBuild } from './prepare-build.ts'

/**
 * Checks a submitted build and accepts it.
 * @returns the build's id once it is stored. @throws Refusal naming the field or the Dockerfile line.
 */
export async function submitBuild(deps: SubmitDeps, submitted: SubmittedBuild): Promise<string> {
  const look = createLookups(deps)
  parseName(submitted.name)
  const project = await look.project(submitted.project)
  return accept(deps, await prepareBuild(deps, look, project, submitted))
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
  return accept(deps, toNewBuild(deps, target, request))
}

async function accept({ acceptInGroups }: SubmitDeps, build: NewBuild): Promise<string> {
  const answer = await acceptInGroups(build)
  const refusal = answer instanceof QuotaExceeded ? answer : explainAnswer(answer, build)
  if (refusal !== undefined) throw refusal
  return build.id
}
