import { parentPort, workerData } from 'node:worker_threads'
import { AnalysisError } from '../../cuda/image/analysis-error.ts'
import { RegistryError } from '../registry/error.ts'
import { createOwnRegistry } from '../registry/registries.ts'
import type { FactsOutcome, FactsRequest } from './read-facts-apart.ts'
import { readFacts } from './read-facts.ts'

const request: FactsRequest = workerData
const { url, prefix, credential, image, limitMs } = request
const own = createOwnRegistry({ url: new URL(url), prefix }, credential)

parentPort?.postMessage(await read(), [])

async function read(): Promise<FactsOutcome> {
  try {
    return { facts: await readFacts(own, image, AbortSignal.timeout(limitMs)) }
  } catch (error) {
    const broken = error instanceof AnalysisError ? (error.cause ?? error) : error
    if (broken instanceof RegistryError)
      return { problem: `the registry failed to ${broken.operation}`, isFinal: false }
    if (error instanceof AnalysisError) return { problem: error.message, isFinal: true }
    throw error
  }
}
