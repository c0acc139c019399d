import { digestOfPinned } from '#contract/image.ts'
import type { PackageLists } from '#contract/packages.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { classifyGpu } from '../../cuda/verdict/classify-gpu.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { explainWarning } from '../../packages/package-warnings.ts'
import { warnMisfits } from '../../packages/warn-misfits.ts'
import type { Db } from '../../records/connect.ts'
import type { BuildRow } from '../../records/builds.ts'
import { findFacts } from '../../records/image-facts.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import type { ComposedBuild } from './compose-build.ts'

/** Lists of packages and what they are installed on. */
export interface Listed extends Pick<ComposedBuild, 'packages'> {
  readonly base: Pick<ComposedBuild['base'], 'digest'>
}

export type ShownWarnings = readonly ReturnType<typeof explainWarning>[]

/** What is to be said of lists in the light of their base and of the farm as it is now. */
export async function readWarnings(
  farm: Db,
  listed: Listed,
  language: Language,
): Promise<ShownWarnings> {
  return createWarner(farm, language)(listed)
}

/** The same for many: the farm and each base are read once. */
export function createWarner(farm: Db, language: Language) {
  const bases = new Map<string, ReturnType<typeof findFacts>>()
  let fleet: ReturnType<typeof readFleet> | undefined
  return async ({ packages, base }: Listed): Promise<ShownWarnings> => {
    const known = bases.get(base.digest) ?? findFacts(farm, base.digest)
    bases.set(base.digest, known)
    fleet ??= readFleet(farm)
    const [found, classes] = await Promise.all([known, fleet])
    const surroundings = { facts: found?.facts ?? undefined, fleet: classes }
    return warnMisfits(packages.pip, surroundings).map((one) => explainWarning(one, language))
  }
}

async function readFleet(farm: Db) {
  const gpus = await readFleetGpus(farm)
  return groupGpus(gpus).flatMap(({ gpu, arch }) => classifyGpu(gpu, arch) ?? [])
}

/** The same of a build that is stored, once it is known what its base is. */
export async function warnOfStored(
  farm: Db,
  stored: StoredLists,
  language: Language,
): Promise<ShownWarnings> {
  const listed = toListed(stored)
  return listed === undefined ? [] : readWarnings(farm, listed, language)
}

/** @returns by build, for those which were submitted as lists and whose base is known by now. */
export async function readListed(
  farm: Db,
  buildIds: readonly string[],
): Promise<ReadonlyMap<string, Listed>> {
  if (buildIds.length === 0) return new Map()
  const stored = await farm
    .selectFrom('build_packages')
    .innerJoin('builds', 'builds.id', 'build_packages.build_id')
    .select(['build_id', 'packages', 'bases'])
    .where('build_id', 'in', buildIds)
    .execute()
  return new Map(
    stored.flatMap((one): [string, Listed][] => {
      const listed = toListed(one)
      return listed === undefined ? [] : [[one.build_id, listed]]
    }),
  )
}

interface StoredLists {
  readonly packages: PackageLists | null
  readonly bases: BuildRow['bases']
}

function toListed({ packages, bases }: StoredLists): Listed | undefined {
  const base = bases?.[0]
  if (packages === null || base === undefined) return undefined
  return { packages, base: { digest: digestOfPinned(base.pinned) } }
}
