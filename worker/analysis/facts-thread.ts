import { parentPort } from 'node:worker_threads'
import { AnalysisError } from '../../cuda/image/analysis-error.ts'
import { BlobError } from '../../cuda/image/check-blob.ts'
import { RegistryError } from '../../registry/error.ts'
import { createOwnRegistry } from '../../registry/registries.ts'
import { type FactsOutcome, type FactsRequest, tookTooLong } from './read-facts-apart.ts'
import { trustAuthority } from '../../registry/trust-authority.ts'
import { readFacts } from './read-facts.ts'

parentPort?.on('message', async (request: FactsRequest) => {
  parentPort?.postMessage(await read(request), [])
})

async function read({ url, authority, prefix, credential, image, limitMs }: FactsRequest) {
  trustOnce(authority)
  const own = createOwnRegistry({ url: new URL(url), prefix }, credential)
  const limit = AbortSignal.timeout(limitMs)
  try {
    return await readFacts(own, image, limit)
  } catch (error) {
    // Whoever asked counts as well: what is told must not depend on whose clock was first.
    return limit.aborted ? tookTooLong : outcomeOf(error)
  }
}

function outcomeOf(error: unknown): FactsOutcome {
  const broken = error instanceof AnalysisError ? (error.cause ?? error) : error
  if (broken instanceof BlobError)
    return { problem: 'the registry failed to read blob', isFinal: false }
  if (broken instanceof RegistryError)
    return { problem: `the registry failed to ${broken.operation}`, isFinal: false }
  if (error instanceof AnalysisError) return { problem: error.message, isFinal: true }
  throw error
}

let trusted: string | undefined

function trustOnce(authority: string | undefined): void {
  if (authority !== trusted) trustAuthority(authority)
  trusted = authority
}
