import type { PackageLists } from '#contract/packages.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { classifyGpu } from '../../cuda/verdict/classify-gpu.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { explainWarning } from '../../packages/package-warnings.ts'
import { warnMisfits } from '../../packages/warn-misfits.ts'
import type { Db } from '../../records/connect.ts'
import { findBuildPackages } from '../../records/build-packages.ts'
import type { BuildRow } from '../../records/builds.ts'
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

/** The same of a build that is stored, once it is known what its base is. */
export async function warnOfStored(
  farm: Db,
  {
    packages,
    bases,
  }: { readonly packages: PackageLists | null; readonly bases: BuildRow['bases'] },
  language: Language,
) {
  const digest = bases?.[0]?.pinned.split('@')[1]
  if (packages === null || digest === undefined) return []
  return readWarnings(farm, { packages, base: { digest } }, language)
}

export async function readStoredWarnings(farm: Db, buildId: string, language: Language) {
  const [packages, build] = await Promise.all([
    findBuildPackages(farm, buildId),
    farm.selectFrom('builds').select('bases').where('id', '=', buildId).executeTakeFirst(),
  ])
  return warnOfStored(farm, { packages, bases: build?.bases ?? null }, language)
}
