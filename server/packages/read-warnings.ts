import type { Language } from '../../cuda/tables/reason.ts'
import { classifyGpu } from '../../cuda/verdict/classify-gpu.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { explainWarning } from '../../packages/package-warnings.ts'
import { warnMisfits } from '../../packages/warn-misfits.ts'
import type { Db } from '../../records/connect.ts'
import { findFacts } from '../../records/image-facts.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import type { ComposedBuild } from './compose-build.ts'

/** What is to be said of lists in the light of their base and of the farm as it is now. */
export async function readWarnings(
  farm: Db,
  {
    packages,
    base,
  }: Pick<ComposedBuild, 'packages'> & {
    readonly base: Pick<ComposedBuild['base'], 'digest'>
  },
  language: Language,
) {
  const [found, gpus] = await Promise.all([findFacts(farm, base.digest), readFleetGpus(farm)])
  const fleet = groupGpus(gpus).flatMap(({ gpu, arch }) => classifyGpu(gpu, arch) ?? [])
  const surroundings = { facts: found?.facts ?? undefined, fleet }
  return warnMisfits(packages.pip, surroundings).map((one) => explainWarning(one, language))
}
