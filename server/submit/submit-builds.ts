import type { Problem } from '#contract/problem.ts'
import { submitBuild as submitSchema } from '#contract/wire/build.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { acceptBuilds, type ManyAnswer } from '../../records/accept-builds.ts'
import {
  acceptBatch,
  type Batch,
  findAnswers,
  type Submitted,
} from '../../records/batch-repeats.ts'
import type { NewBuild } from '../../records/accept-build.ts'
import { QuotaExceeded } from '../../records/quotas.ts'
import { KeyReused } from '../../records/repeat-keys.ts'
import { describeProblem } from '../describe-problem.ts'
import {
  createWarner,
  type Listed,
  readListed,
  type ShownWarnings,
} from '../packages/read-warnings.ts'
import { requireValid } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { nameCaller } from '../repeats/make-once.ts'
import type { Repeat } from '../repeats/read-repeat.ts'
import { explainAnswer } from './explain-answer.ts'
import { createLookups, type Lookups, shareLookups } from './lookups.ts'
import { type PreparedBuild, prepareBuild, type SubmitDeps } from './prepare-build.ts'

export interface SubmittedMany extends Batch {
  /** Of the lists of packages of those that were accepted, by build; of earlier ones as far as their base is known. */
  readonly warnings: ReadonlyMap<string, ShownWarnings>
}

/**
 * Checks many builds and accepts in one transaction those with which nothing is wrong, unless a copy of the request has done
 * so already. @returns what became of each, in their order. @throws Refusal when another request had the key.
 */
export async function submitBuilds(
  deps: SubmitDeps & { readonly language: Language },
  builds: readonly unknown[],
  repeat: Repeat | undefined,
): Promise<SubmittedMany> {
  const { farm } = deps.scope
  const composed = new Map<string, Listed>()
  const batch = await acceptAll(deps, builds, { repeat, composed })
  const ids = batch.answers.flatMap((one) => ('buildId' in one ? one.buildId : []))
  const listed = batch.before ? await readListed(farm, ids) : composed
  const warn = createWarner(farm, deps.language)
  const warnings = new Map<string, ShownWarnings>()
  for (const id of ids) {
    const lists = listed.get(id)
    if (lists !== undefined) warnings.set(id, await warn(lists))
  }
  return { ...batch, warnings }
}

interface How {
  readonly repeat: Repeat | undefined
  /** Where lists of packages are told of, by the build that they are of. */
  readonly composed: Map<string, Listed>
}

async function acceptAll(
  deps: SubmitDeps,
  builds: readonly unknown[],
  { repeat, composed }: How,
): Promise<Batch> {
  const { farm, caller } = deps.scope
  if (repeat === undefined) {
    const { good, tell } = await prepareAll(deps, builds, composed)
    const answers = good.length === 0 ? [] : await acceptBuilds(farm, good)
    return { answers: tell(answers), before: false }
  }
  const batch = { ...repeat, caller: nameCaller(caller) }
  try {
    const known = await findAnswers(farm, batch)
    if (known !== undefined) return { answers: known, before: true }
    const { good, tell } = await prepareAll(deps, builds, composed)
    if (good.length === 0) return { answers: tell([]), before: false }
    return await acceptBatch(farm, batch, good, tell)
  } catch (error) {
    if (error instanceof KeyReused) throw new Refusal('key_reused')
    throw error
  }
}

/** @returns those with which nothing is wrong, and what all are answered once it is known what becomes of those. */
async function prepareAll(
  deps: SubmitDeps,
  builds: readonly unknown[],
  composed: Map<string, Listed>,
) {
  const look = shareLookups(createLookups(deps))
  const prepared: (NewBuild | Problem)[] = []
  for (const build of builds) {
    const one = await prepare(deps, look, build)
    if ('code' in one) {
      prepared.push(one)
      continue
    }
    prepared.push(one.build)
    if (one.composed !== undefined) composed.set(one.build.id, one.composed)
  }
  const good = prepared.flatMap((one) => ('code' in one ? [] : one))
  const tell = (answers: readonly ManyAnswer[]): readonly Submitted[] => {
    const byBuild = new Map(good.map((build, index) => [build, answers[index]]))
    return prepared.map((one) => {
      if ('code' in one) return { problem: one }
      const answer = byBuild.get(one) ?? 'in_flight'
      const refusal = answer instanceof QuotaExceeded ? answer : explainAnswer(answer, one)
      const problem = describeProblem(refusal)
      return problem === undefined ? { buildId: one.id } : { problem }
    })
  }
  return { good, tell }
}

async function prepare(
  deps: SubmitDeps,
  look: Lookups,
  build: unknown,
): Promise<PreparedBuild | Problem> {
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
