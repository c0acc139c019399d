import { analysisVersion } from '../../cuda/image/analyse-image.ts'
import { AnalysisError } from '../../cuda/image/analysis-error.ts'
import { claimImage, releaseImage, storeFacts, storeProblem } from '../../records/image-facts.ts'
import type { WorkerDeps } from '../deps.ts'
import { RegistryError } from '../registry/error.ts'
import { readFacts } from './read-facts.ts'

/** Longest analysis; an image that takes longer is left unknown. */
const limitMs = 10 * 60_000
const maxTries = 5
const rules = { analysis: analysisVersion, leaseMs: limitMs + 60_000, maxTries }

/**
 * Reads the facts of one published image. It stands beside the builds and not in their way: a failure leaves the image
 * unknown and is tried again unless the image itself is at fault.
 *
 * @returns whether there may be another one.
 */
export async function analyseNext(
  { db, own, log }: Pick<WorkerDeps, 'db' | 'own' | 'log'>,
  stop: AbortSignal,
): Promise<boolean> {
  const claimed = await claimImage(db, rules)
  if (claimed === undefined) return false
  const { digest, tries } = claimed
  const signal = AbortSignal.any([stop, AbortSignal.timeout(limitMs)])
  const start = performance.now()
  try {
    const facts = await readFacts(own, claimed, signal)
    await storeFacts(db, digest, { analysis: analysisVersion, facts })
    log.info({ digest, ms: Math.round(performance.now() - start) }, 'image analysed')
  } catch (error) {
    if (stop.aborted) {
      await releaseImage(db, claimed)
      return false
    }
    log.warn({ err: error, digest, tries }, 'image not analysed')
    const isFinal = error instanceof AnalysisError && !(error.cause instanceof RegistryError)
    const problem = { problem: explain(error), maxTries }
    const retry = isFinal || tries >= maxTries ? {} : { retryMs: retryDelay(tries, Math.random()) }
    await storeProblem(db, claimed, { ...problem, ...retry })
  }
  return true
}

function explain(error: unknown): string {
  if (error instanceof AnalysisError) return error.message
  if (error instanceof RegistryError) return `the registry failed to ${error.operation}`
  return 'the analysis failed'
}

/** From half a minute, doubled each time, with a fifth of jitter. */
function retryDelay(tries: number, random: number): number {
  return 30_000 * 2 ** (tries - 1) * (0.9 + 0.2 * random)
}
