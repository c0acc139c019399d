import type { Problem } from '#contract/problem.ts'
import { parseLibraryName } from '#contract/image.ts'
import { submitBuild as submitSchema } from '#contract/wire/build.ts'
import { acceptBuilds } from '../../records/accept-builds.ts'
import type { NewBuild } from '../../records/builds.ts'
import { findImages } from '../../records/images.ts'
import { QuotaExceeded } from '../../records/quotas.ts'
import { describeProblem } from '../describe-problem.ts'
import { requireValid } from '../middleware/json-body.ts'
import { explainAnswer } from './explain-answer.ts'
import { createLookups, keyOf, type Lookups, shareLookups } from './lookups.ts'
import { prepareBuild, type SubmitDeps } from './prepare-build.ts'

/** What became of one of many builds. */
export type Submitted = { readonly buildId: string } | { readonly problem: Problem }

/**
 * Checks many builds and accepts in one transaction those with which nothing is wrong.
 * @returns what became of each, in their order.
 */
export async function submitBuilds(
  deps: SubmitDeps,
  builds: readonly unknown[],
): Promise<readonly Submitted[]> {
  const { scope } = deps
  const images = await findImages(scope.farm, builds.flatMap(nameOf))
  const known = new Map(images.map((image) => [keyOf(image), image]))
  const look = shareLookups(createLookups(deps), known)
  const prepared: (NewBuild | Problem)[] = []
  for (const build of builds) prepared.push(await prepare(deps, look, build))
  const good = prepared.flatMap((one) => ('code' in one ? [] : one))
  const answers = good.length === 0 ? [] : await acceptBuilds(scope.farm, good)
  const byBuild = new Map(good.map((build, index) => [build, answers[index]]))
  return prepared.map((one) => {
    if ('code' in one) return { problem: one }
    const answer = byBuild.get(one) ?? 'in_flight'
    const refusal = answer instanceof QuotaExceeded ? answer : explainAnswer(answer, one)
    const problem = describeProblem(refusal)
    return problem === undefined ? { buildId: one.id } : { problem }
  })
}

async function prepare(
  deps: SubmitDeps,
  look: Lookups,
  build: unknown,
): Promise<NewBuild | Problem> {
  try {
    const submitted = requireValid(submitSchema.safeParse(build))
    const project = await look.project(submitted.project)
    return await prepareBuild(deps, look, project, submitted)
  } catch (error) {
    const problem = describeProblem(error)
    if (problem === undefined) throw error
    return problem
  }
}

/** As far as it has one. */
function nameOf(build: unknown) {
  if (typeof build !== 'object' || build === null || !('name' in build)) return []
  const { name } = build
  return typeof name === 'string' ? (parseLibraryName(name) ?? []) : []
}
