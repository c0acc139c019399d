import type { ComputedAnswer } from '#contract/verification.ts'
import { classifyGpu } from '../../cuda/verdict/classify-gpu.ts'
import type { Db } from '../../records/connect.ts'
import { findFacts } from '../../records/image-facts.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import { computeVerdict } from './compute-verdict.ts'

/** What the files of a digest say of the farm as it is now. */
export async function readComputed(db: Db, digest: string): Promise<ComputedAnswer> {
  const [stored, gpus] = await Promise.all([findFacts(db, digest), readFleetGpus(db)])
  const fleet = gpus.map(({ gpu, arch }) => classifyGpu(gpu, arch))
  return computeVerdict(stored?.facts ?? undefined, fleet)
}
