import { pauseAfter } from '#contract/pause-after.ts'
import { analysisVersion } from '../../cuda/image/analyse-image.ts'
import { claimImage, releaseImage, storeFacts, storeProblem } from '../../records/image-facts.ts'
import type { WorkerDeps } from '../deps.ts'
import type { FactsOutcome } from './read-facts-apart.ts'

/** Longest analysis of one image. */
export const analysisLimitMs = 10 * 60_000

const maxTries = 5
const pauses = { firstMs: 30_000, maxMs: 10 * 60_000 }
/** Between tries after those: what the registry lacks for a while it may have again. */
const rareMs = 24 * 60 * 60_000
const rules = { analysis: analysisVersion, leaseMs: analysisLimitMs + 60_000, rareMs, maxTries }

export interface AnalysisDeps extends Pick<WorkerDeps, 'db' | 'readFacts' | 'log'> {
  readonly random: () => number
}

/**
 * Reads the facts of one published image. It stands beside the builds and not in their way: a failure leaves the image
 * unknown, and is tried again, rarely after some tries; what the image itself is at fault for waits for another analysis.
 *
 * @returns whether there may be another one.
 */
export async function analyseNext(
  { db, readFacts, log, random }: AnalysisDeps,
  stop: AbortSignal,
): Promise<boolean> {
  const claimed = await claimImage(db, rules)
  if (claimed === undefined) return false
  const { digest, tries } = claimed
  const start = performance.now()
  const outcome: FactsOutcome = await readFacts(claimed, stop).catch((err: unknown) => {
    log.error({ err, digest }, 'analysis')
    return { problem: 'the analysis could not start', isFinal: false }
  })
  const ms = Math.round(performance.now() - start)
  if ('facts' in outcome) {
    await storeFacts(db, digest, { analysis: analysisVersion, ...outcome })
    log.info({ digest, ms }, 'image analysed')
    return true
  }
  if (stop.aborted) {
    await releaseImage(db, claimed)
    return false
  }
  const { problem, isFinal } = outcome
  log.warn({ digest, tries, ms, problem }, 'image not analysed')
  const retryMs = tries < maxTries ? pauseAfter(pauses, tries, random()) : rareMs
  const noted = { problem, tries, analysis: analysisVersion }
  await storeProblem(db, digest, isFinal ? noted : { ...noted, retryMs })
  return true
}
