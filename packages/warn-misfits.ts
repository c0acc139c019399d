import type { ImageFacts } from '#contract/image-facts.ts'
import { pythonsOf } from '../cuda/tables/framework-pythons.ts'
import { majorOf } from '../cuda/tables/version.ts'
import { judge } from '../cuda/verdict/judge.ts'
import type { NodeClass } from '../cuda/verdict/node-class.ts'
import { baseCuda } from '../cuda/verdict/stacks.ts'
import {
  buildsFor,
  buildsOf,
  fitsPython,
  type FrameworkBuild,
  type FrameworkName,
} from './framework-builds.ts'
import type { PackageWarning } from './package-warnings.ts'
import { nameOf } from './read-requirement.ts'

/** What lists are held against. */
export interface Surroundings {
  /** Of the base; absent while nobody has read it. */
  readonly facts: ImageFacts | undefined
  /** Kinds of GPUs that the farm has. */
  readonly fleet: readonly NodeClass[]
}

const frameworks: readonly FrameworkName[] = ['torch', 'tensorflow']

/**
 * Where a framework that pip is asked for does not fit the Python or the CUDA of the base, or no GPU of the farm, with the
 * newest build that does. What the tables do not know is not warned of. Pure.
 */
export function warnMisfits(
  requirements: readonly string[],
  surroundings: Surroundings,
): readonly PackageWarning[] {
  return frameworks.flatMap((framework) => {
    const requirement = requirements.find((one) => nameOf(one) === framework)
    return requirement === undefined ? [] : warnOf(framework, requirement, surroundings)
  })
}

function warnOf(
  framework: FrameworkName,
  requirement: string,
  { facts, fleet }: Surroundings,
): readonly PackageWarning[] {
  // With several nobody knows which one is first on the path.
  const python = facts?.pythons.length === 1 ? facts.pythons[0] : undefined
  const allowed = buildsFor(framework, requirement)
  const [newest] = allowed
  const build = allowed.find((one) => fitsPython(one, python))
  if (newest === undefined) return []
  const usable = buildsOf(framework).filter((one) => fitsPython(one, python))
  if (build === undefined) {
    const fit = usable.find(({ isUsual }) => isUsual)
    const { first = '', last = '' } = pythonsOf(framework, newest.version) ?? {}
    const params = { ...describe(newest), python: python ?? '', first, last, ...nameFit(fit) }
    return [{ code: 'FRAMEWORK_OTHER_PYTHON', params }]
  }
  return [
    ...warnOfCuda(build, usable, facts && baseCuda(facts)),
    ...warnOfGpus(build, usable, facts, fleet),
  ]
}

function warnOfCuda(
  build: FrameworkBuild,
  usable: readonly FrameworkBuild[],
  base: string | undefined,
): readonly PackageWarning[] {
  if (base === undefined || majorOf(base) === majorOf(build.cuda)) return []
  const fit = usable.find(({ cuda }) => majorOf(cuda) === majorOf(base))
  const params = { ...describe(build), base, ...nameFit(fit) }
  return [{ code: 'FRAMEWORK_OTHER_CUDA', params }]
}

/** Of an image that nobody has read it is not known what a framework finds there, if it brings less than torch. */
function warnOfGpus(
  build: FrameworkBuild,
  usable: readonly FrameworkBuild[],
  facts: ImageFacts | undefined,
  fleet: readonly NodeClass[],
): readonly PackageWarning[] {
  const [one] = fleet
  if (facts === undefined || one === undefined || runsSomewhere(build, facts, fleet)) return []
  const fit = usable.find((other) => other.sm && runsSomewhere(other, facts, fleet))
  const { gpu, driver } = one
  const params = { ...describe(build), gpu, driver, ...nameFit(fit) }
  return [{ code: 'FRAMEWORK_ON_NO_GPU', params }]
}

function runsSomewhere(
  { name, version, cuda, sm, ptx }: FrameworkBuild,
  facts: ImageFacts,
  fleet: readonly NodeClass[],
): boolean {
  const code = sm === undefined ? {} : { code: { sm: [...sm], ptx: [...(ptx ?? [])] } }
  const others = facts.frameworks.filter((one) => one.name !== name)
  const image = { ...facts, frameworks: [...others, { name, version, cuda, ...code }] }
  return fleet.some((node) => judge(image, node).verdict !== 'will_not_run')
}

function describe({ name, version, cuda }: FrameworkBuild) {
  return { framework: name, version, cuda }
}

function nameFit(fit: FrameworkBuild | undefined) {
  return { fit: fit?.requirement ?? '–' }
}
