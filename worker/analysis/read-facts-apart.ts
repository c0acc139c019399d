import type { LayerContents } from '../../cuda/image/analyse-image.ts'
import { createThreadPool, type ThreadEnd, type ThreadPool } from '../../process/thread-pool.ts'
import type { ClaimedImage } from '../../records/image-facts.ts'
import type { Credential } from '../../registry/credential.ts'

/** What a thread is asked. */
export interface FactsRequest {
  readonly url: string
  /** File of the authority that a thread must trust for it, as the process does. */
  readonly authority: string | undefined
  readonly prefix: string
  readonly credential: Credential
  readonly image: Pick<ClaimedImage, 'digest' | 'repository'>
  readonly limitMs: number
}

/** `isFinal`: another try would end the same way. */
export type FactsOutcome = LayerContents | { readonly problem: string; readonly isFinal: boolean }

export type FactsThreads = ThreadPool<FactsRequest, FactsOutcome>

/** Many times what the largest image needs; one that is made to need more ends its thread only. */
const memoryMb = 512
const idleMs = 60_000

export const tookTooLong: FactsOutcome = { problem: 'the analysis took too long', isFinal: true }

const problems: Readonly<Record<ThreadEnd, FactsOutcome>> = {
  late: tookTooLong,
  spent: { problem: 'the analysis failed', isFinal: true },
  failed: { problem: 'the analysis failed', isFinal: false },
  stopped: { problem: 'the worker stopped', isFinal: false },
}

/** Layers are made by users: whatever they hold, the worker goes on. */
export function createFactsThreads(): FactsThreads {
  const module = new URL('facts-thread.ts', import.meta.url)
  return createThreadPool({ module, memoryMb, idleMs, max: 1 })
}

/** Reads the facts of an image in a thread, which ends when its memory or its time is spent or `stop` aborts. */
export async function readFactsApart(
  threads: FactsThreads,
  request: FactsRequest,
  stop: AbortSignal,
): Promise<FactsOutcome> {
  const outcome = await threads.ask(request, request.limitMs, stop)
  return 'answer' in outcome ? outcome.answer : problems[outcome.ended]
}
