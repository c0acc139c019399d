import type { Logger } from 'pino'
import type { NewId } from '#contract/id.ts'
import { pauseAfter } from '#contract/pause-after.ts'
import type { MovedBase } from '#contract/rebuild.ts'
import { secretNames } from '#contract/secret-names.ts'
import { claimWatch, stopWatch, storeLook } from '../../records/base-watches.ts'
import { QuotaExceeded } from '../../records/quotas.ts'
import { type AcceptAnswer, acceptBuild } from '../../records/accept-build.ts'
import { useContext } from '../../records/contexts.ts'
import { recordAudit } from '../../records/audit.ts'
import { countScheduled, findRecipe, readRebuilds, type Recipe } from '../../records/rebuilds.ts'
import type { PinDeps } from '../activities/pin-image.ts'
import { findMoved } from './find-moved.ts'
import { sameFiles, uploadsOf } from './same-files.ts'

export interface RebuildDeps extends PinDeps {
  readonly log: Logger
  readonly newId: NewId
  readonly random: () => number
  /** How often an image is looked at whose bases do not tell that they have moved. */
  readonly everyMs: number
  /** How long an image rests between two: names that are built on each other would move each other for ever. */
  readonly restMs: number
  /** How many builds that nobody waits for may be under way at once. */
  readonly atOnce: number
}

/** Longest work on one image; whoever takes it has died by then. */
const leaseMs = 5 * 60_000
/** While it cannot be built now: a build of its name runs, or too many others do. */
const soonMs = 60_000
const maxFailures = 3

/**
 * Looks at one image that is to be built again when a base of it moves, and submits that build when one has.
 * @returns whether there may be another image to look at.
 */
export async function rebuildNext(deps: RebuildDeps): Promise<boolean> {
  const { db, random, everyMs, restMs } = deps
  const due = await claimWatch(db, leaseMs)
  if (due === undefined) return false
  const { imageId, since } = due
  const { ends, isResting } = await readRebuilds(db, { imageId, since, limit: maxFailures, restMs })
  const spread = (ms: number) => pauseAfter({ firstMs: ms, maxMs: ms }, 1, random())
  if (ends.length === maxFailures && ends.every((end) => end === 'failed' || end === 'timed_out')) {
    await stop(deps, imageId)
    return true
  }
  const recipe = await findRecipe(db, imageId)
  if (recipe === undefined) {
    await storeLook(db, imageId, { problem: null, nextMs: spread(everyMs) })
    return true
  }
  const { moved, repositories, problem } = await findMoved(deps, recipe)
  const isKept = await keepUploads(deps, recipe)
  const answer = isResting ? 'resting' : await answerTo(deps, recipe, { moved, isKept })
  const isLater = later.includes(answer)
  const nextMs = spread(isLater ? soonMs : everyMs)
  await storeLook(db, imageId, { repositories, problem: problem ?? problems[answer], nextMs })
  return true
}

type Answer = AcceptAnswer | 'context_gone' | 'full' | 'resting'

const later: readonly Answer[] = ['in_flight', 'full', 'resting']

/** What people have to know of an answer. */
const problems = {
  accepted: null,
  known: null,
  in_flight: null,
  full: null,
  resting: null,
  deleting: null,
  environment_gone: null,
  official: null,
  taken: 'the repository belongs to another project by now',
  secret_gone: 'a secret that the build needs was deleted',
  context_gone: 'the build context is no longer kept: submit the build again',
} as const satisfies Record<Answer, string | null>

/** Each look counts as a use of what the build would need, so that it is not swept. @returns whether all of it is there. */
async function keepUploads({ db }: RebuildDeps, recipe: Recipe): Promise<boolean> {
  const kept = uploadsOf(recipe).map(async (digest) => useContext(db, recipe.projectId, digest))
  return (await Promise.all(kept)).every((one) => one)
}

async function answerTo(
  deps: RebuildDeps,
  recipe: Recipe,
  { moved, isKept }: { readonly moved: readonly MovedBase[]; readonly isKept: boolean },
): Promise<Answer> {
  if (!isKept) return 'context_gone'
  if (moved.length === 0) return 'known'
  return (await countScheduled(deps.db)) < deps.atOnce ? submit(deps, recipe, moved) : 'full'
}

async function submit(
  { db, newId, log }: RebuildDeps,
  recipe: Recipe,
  moved: readonly MovedBase[],
): Promise<Answer> {
  const { imageId, projectId, name, repository, tag, description, dockerfile, options } = recipe
  const id = newId('build')
  const answer = await acceptBuild(db, {
    id,
    projectId,
    name,
    repository,
    tag,
    description,
    baseImage: recipe.base_image,
    dockerfile,
    packages: recipe.packages ?? undefined,
    options,
    secrets: secretNames(options),
    context: recipe.context,
    sources: sameFiles(recipe.sources),
    rebuild: { imageId, moved },
    actor: 'farm',
    mayBeOfficial: true,
  }).catch((error: unknown) => {
    if (error instanceof QuotaExceeded) return 'full' as const
    throw error
  })
  if (answer === 'accepted') log.info({ build: id, image: name, moved }, 'a base has moved')
  return answer
}

async function stop({ db, log }: RebuildDeps, imageId: number): Promise<void> {
  const problem = `${maxFailures} builds in a row have failed since; ask for rebuild_on_base again to go on`
  await db.transaction().execute(async (transaction) => {
    if (!(await stopWatch(transaction, imageId, problem))) return
    const object = String(imageId)
    await recordAudit(transaction, { actor: 'farm', action: 'image.rebuild.stop', object })
  })
  log.warn({ image: imageId }, 'it is built again no more')
}
