import type { SubmittedBuild } from '#contract/build.ts'
import { buildOptions } from '#contract/wire/build-options.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { acceptBuild, type NewBuild } from '../../records/accept-build.ts'
import type { ImageRow } from '../../records/images.ts'
import { QuotaExceeded } from '../../records/quotas.ts'
import { readPreset } from '../presets.ts'
import { Refusal } from '../refusal.ts'
import {
  type Listed,
  readListed,
  readWarnings,
  type ShownWarnings,
} from '../packages/read-warnings.ts'
import { type Made, makeOnce } from '../repeats/make-once.ts'
import type { Repeat } from '../repeats/read-repeat.ts'
import { explainAnswer } from './explain-answer.ts'
import { createLookups } from './lookups.ts'
import { parseName, prepareBuild, type SubmitDeps, toNewBuild } from './prepare-build.ts'

export interface SubmittedOne extends Made {
  /** Of its lists of packages; of one that was made before, as far as its base is known. */
  readonly warnings: ShownWarnings
}

/**
 * Checks a submitted build and accepts it.
 * @returns the build's id once it is stored. @throws Refusal naming the field or the Dockerfile line.
 */
export async function submitBuild(
  deps: SubmitDeps & { readonly language: Language },
  submitted: SubmittedBuild,
  repeat: Repeat | undefined,
): Promise<SubmittedOne> {
  const { farm } = deps.scope
  let listed: Listed | undefined
  const look = createLookups(deps)
  parseName(submitted.name)
  const project = await look.project(submitted.project)
  const made = await makeOnce(deps.scope, project.id, repeat, async (key) => {
    const { build, composed } = await prepareBuild(deps, look, project, submitted)
    listed = composed
    return accept(deps, { ...build, repeat: key })
  })
  if (made.before) listed = (await readListed(farm, [made.id])).get(made.id)
  const warnings = listed === undefined ? [] : await readWarnings(farm, listed, deps.language)
  return { ...made, warnings }
}

/** Builds an official image from the Dockerfile that the project carries for it. */
export async function submitPreset(
  deps: SubmitDeps,
  image: ImageRow,
  repeat: Repeat | undefined,
): Promise<Made> {
  return makeOnce(deps.scope, image.project_id, repeat, async (key) =>
    accept(deps, { ...(await preparePreset(deps, image)), repeat: key }),
  )
}

async function preparePreset(deps: SubmitDeps, image: ImageRow): Promise<NewBuild> {
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
  return { ...toNewBuild(deps, target, request), mayBeOfficial: true }
}

async function accept({ acceptInGroups, scope }: SubmitDeps, build: NewBuild): Promise<string> {
  // One that may be a copy waits for the other on its own.
  const isRepeated = build.repeat !== undefined
  const answer = await (isRepeated ? acceptBuild(scope.farm, build) : acceptInGroups(build))
  const refusal = answer instanceof QuotaExceeded ? answer : explainAnswer(answer, build)
  if (refusal !== undefined) throw refusal
  return build.id
}
