import type { ImageFacts } from '#contract/image-facts.ts'
import { reasons } from '../cuda/tables/reasons.ts'
import type { Db } from '../records/connect.ts'
import { classKey } from '../records/gpu-class.ts'
import { readFacts } from '../records/image-facts.ts'
import { type Proof, readProofs } from '../records/proofs.ts'
import type { GpuClass } from './fleet-classes.ts'

/** What verdicts on one image rest on. */
export interface Known {
  readonly facts: ImageFacts | undefined
  /** Of each class at most one, the newest. */
  readonly proofs: readonly Proof[]
}

const imageCodes = Object.entries(reasons).flatMap(([code, { owner }]) =>
  owner === 'image' ? [code] : [],
)

/** What is known of these digests, and was measured of them on these classes: nobody else asks for more. */
export async function readKnown(
  db: Db,
  digests: readonly string[],
  classes: readonly Pick<GpuClass, 'gpu' | 'arch'>[],
): Promise<(digest: string) => Known> {
  const keys = [...new Set(classes.map(({ gpu, arch }) => classKey(gpu, arch)))]
  const [facts, proofs] = await Promise.all([
    readFacts(db, digests),
    readProofs(db, { digests, classes: keys, imageCodes }),
  ])
  const proofsOf = Map.groupBy(proofs, ({ digest }) => digest)
  return (digest) => ({ facts: facts.get(digest), proofs: proofsOf.get(digest) ?? [] })
}
