import { readKnown } from '../../matrix/read-known.ts'
import type { Pool } from '../../records/connect.ts'
import { classKey } from '../../records/gpu-class.ts'
import { type AheadMode, planAhead, readUnplanned } from '../../records/images-ahead.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'

const batch = 20

/** Decides which nodes are to have new versions ready: those with a GPU of a class on which the version has passed. */
export async function planImagesAhead(db: Pool, mode: AheadMode): Promise<boolean> {
  const versions = await readUnplanned(db, batch)
  if (versions.length === 0) return false
  const fleet = mode === 'off' ? [] : await readFleetGpus(db)
  const known = await readKnown(
    db,
    versions.map(({ digest }) => digest),
    fleet,
  )
  for (const version of versions) {
    const passed = new Set(
      known(version.digest).proofs.flatMap((proof) =>
        proof.passed ? [classKey(proof.gpu, proof.arch)] : [],
      ),
    )
    const nodes = fleet.filter(({ gpu, arch }) => passed.has(classKey(gpu, arch)))
    await planAhead(db, version, [...new Set(nodes.map(({ nodeId }) => nodeId))], mode)
  }
  return versions.length === batch
}
