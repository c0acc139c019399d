import { Worker } from 'node:worker_threads'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { ClaimedImage } from '../../records/image-facts.ts'
import type { Credential } from '../registry/token.ts'

/** What the thread is started with. */
export interface FactsRequest {
  readonly url: string
  readonly prefix: string
  readonly credential: Credential
  readonly image: Pick<ClaimedImage, 'digest' | 'repository'>
  readonly limitMs: number
}

/** `isFinal`: another try would end the same way. */
export type FactsOutcome =
  | { readonly facts: ImageFacts }
  | { readonly problem: string; readonly isFinal: boolean }

/** Many times what the largest image needs; one that is made to need more ends its thread only. */
const memoryMb = 512

/**
 * Reads the facts of an image in a thread of its own. Layers are made by users: whatever they hold, the worker goes on,
 * and the thread ends when its memory or its time is spent or `stop` aborts.
 */
export async function readFactsApart(
  request: FactsRequest,
  stop: AbortSignal,
): Promise<FactsOutcome> {
  const thread = new Worker(new URL('facts-thread.ts', import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  const outcome = Promise.withResolvers<FactsOutcome>()
  const end = (problem: string, isFinal: boolean) => outcome.resolve({ problem, isFinal })
  thread.on('message', outcome.resolve)
  thread.on('error', (error) =>
    end('the analysis failed', 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'),
  )
  thread.on('exit', () => end('the analysis ended early', false))
  const timer = setTimeout(() => end('the analysis took too long', true), request.limitMs)
  const stopped = () => end('the worker stopped', false)
  stop.addEventListener('abort', stopped, { once: true })
  try {
    return await outcome.promise
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', stopped)
    await thread.terminate()
  }
}
